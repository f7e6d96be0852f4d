/// The facts about a file's sound that its own structure states. It is read before libav sees any byte of the file.
///
/// libav continues where a file contradicts itself: it decodes half an MP3 or Ogg file without an error. So MP3, ADTS, Ogg
/// and MP4 files are walked here from the first byte to the last, and refused if their structure says that sound is
/// missing. Of WAV and FLAC files only the header is read, which states the length. A missing end of a FLAC file shows
/// when the decoded samples are counted.
struct Structure {
    /// The part of the file that is given to libav, without tags of other formats at either end.
    var range: Range<Int>
    /// The number of samples that the decoder must give, at the file's own rate, if the format states it.
    var length: Length = .unknown
    /// Whether libav marks the last packet as damaged only because the header holds a placeholder.
    var ignoresCorruptFlag = false
    /// Whether the first sample decoded is the first of the sound.
    var startIsKnown = true
    /// Sentences that the caller is told.
    var warnings: [String] = []

    /// The number of samples at the source's rate.
    enum Length: Equatable {
        case unknown
        /// The decoder must give exactly this number. With fewer samples the file counts as truncated, with more as
        /// damaged.
        case exactly(Int)
        /// The decoder's output is cut to this number. With fewer samples the file counts as truncated, with more than
        /// another block of Vorbis as damaged.
        case cut(to: Int)
        /// The decoder's output is cut to the duration in the container's index, which may be rounded to milliseconds.
        case cutToIndex

        /// The number, where it is known before the container is opened.
        var samples: Int? {
            switch self {
            case .exactly(let samples), .cut(to: let samples): samples
            case .unknown, .cutToIndex: nil
            }
        }
    }

    /// - Throws: ``MediaError`` if the file ends early or contradicts itself.
    static func check(_ sniffed: Sniffed, in file: MediaFile) throws(MediaError) -> Structure {
        switch sniffed.format {
        case .wav: try wav(file)
        case .flac: try flac(file, from: sniffed.start)
        case .mp3: try mp3(file, from: sniffed.start)
        case .m4a: try mp4(file)
        case .adts: try adts(file, from: sniffed.start)
        case .opus, .vorbis: try ogg(file, format: sniffed.format)
        }
    }

    /// Where trailing ID3v1 and APE tags begin, or the file's end.
    static func endBeforeTags(_ file: MediaFile, from start: Int) throws(MediaError) -> Int {
        var window = ByteWindow(file)
        var end = file.size
        if end - start >= 128, try window.starts(with: "TAG", at: end - 128) { end -= 128 }
        if end - start >= 32, let footer = try window.bytes(end - 32, count: 32),
            ("APETAGEX" as StaticString).matches(footer[..<8])
        {
            let size = Int(footer[12..<16].littleEndian) + (footer[23] & 0x80 != 0 ? 32 : 0)
            if size <= end - start { end -= size }
        }
        return end
    }
}

extension MediaError {
    /// "it ends after 1.20 s of 3.00 s", or in samples where hundredths of a second do not show it.
    static func endsEarly(_ found: Int, of promised: Int, at rate: Int) -> MediaError {
        let (end, whole) = (seconds(found, at: rate), seconds(promised, at: rate))
        guard end == whole else { return MediaError(.truncated, "it ends after \(end) of \(whole)") }
        return MediaError(.truncated, "it ends after \(found) of \(promised) samples")
    }
}

/// A number of seconds in the form that refusals use. Headers may claim any number of samples, so the largest are not
/// told apart.
func seconds(_ samples: Int, at rate: Int) -> String {
    let hundredths = (min(samples, 1 << 50) * 100 + rate / 2) / max(rate, 1)
    let fraction = hundredths % 100
    return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) s"
}
