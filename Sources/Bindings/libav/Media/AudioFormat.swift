/// The container formats of segments.
enum AudioFormat: String, Sendable {
    case wav, flac, mp3, m4a, adts, opus, vorbis

    /// The demuxer's name in libav.
    var demuxer: String {
        switch self {
        case .wav: "wav"
        case .flac: "flac"
        case .mp3: "mp3"
        case .m4a: "mov"
        case .adts: "aac"
        case .opus, .vorbis: "ogg"
        }
    }

    /// The format's name in a sentence.
    var label: String {
        switch self {
        case .wav: "WAV"
        case .flac: "FLAC"
        case .mp3: "MP3"
        case .m4a: "M4A"
        case .adts: "ADTS AAC"
        case .opus: "Ogg Opus"
        case .vorbis: "Ogg Vorbis"
        }
    }
}

/// The format of a file, found from its first bytes without libav. libav gets the file with only the demuxer named
/// here.
struct Sniffed {
    let format: AudioFormat
    /// The offset of the audio container, after any ID3 tag.
    let start: Int

    /// - Throws: ``MediaError`` if the file is not audio; the error names the actual format where it can be recognised.
    init(_ file: MediaFile) throws(MediaError) {
        guard file.size > 0 else { throw MediaError(.empty, "the file is empty") }
        var window = ByteWindow(file)
        start = try Sniffed.skippingTags(&window)
        let head = try window.bytes(start, count: min(64, window.end - start)) ?? []
        guard let format = Sniffed.format(of: head) else {
            throw MediaError(.notMedia, Sniffed.otherwise(head))
        }
        self.format = format
    }

    /// The offset after the ID3v2 tags at the front. There may be several, and their content is not used.
    private static func skippingTags(_ window: inout ByteWindow) throws(MediaError) -> Int {
        var offset = 0
        while let tag = try window.bytes(offset, count: 10), ("ID3" as StaticString).matches(tag[..<3]) {
            let sizeBytes = tag[6...]
            guard sizeBytes.allSatisfy({ $0 < 0x80 }) else { break }
            let size = sizeBytes.reduce(0) { $0 << 7 | Int($1) }
            let footer = tag[5] & 0x10 != 0 ? 10 : 0
            guard offset + 10 + size + footer < window.end else {
                throw MediaError(.truncated, "it ends inside its ID3 tag")
            }
            offset += 10 + size + footer
        }
        return offset
    }

    private static func format(of head: [UInt8]) -> AudioFormat? {
        guard head.count >= 4 else { return nil }
        if has("RIFF", head, 0) || has("RF64", head, 0), has("WAVE", head, 8) { return .wav }
        if has("fLaC", head, 0) { return .flac }
        if has("ftyp", head, 4) { return .m4a }
        if has("OggS", head, 0), has("OpusHead", head, 28) { return .opus }
        if has("OggS", head, 0), has("\u{1}vorbis", head, 28) { return .vorbis }
        // Layer bits 00 are ADTS, 01 are layer III.
        if head[0] == 0xFF, head[1] & 0xF6 == 0xF0 { return .adts }
        if MPEGHeader(head[..<4]) != nil { return .mp3 }
        return nil
    }

    private static func has(_ text: StaticString, _ head: [UInt8], _ offset: Int) -> Bool {
        let end = offset + text.utf8CodeUnitCount
        return head.count >= end && text.matches(head[offset..<end])
    }

    /// What kind of file it seems to be, for the refusal.
    private static func otherwise(_ head: [UInt8]) -> String {
        let known: [(StaticString, Int, String)] = [
            ("#EXTM3U", 0, "an HLS playlist"), ("ffconcat", 0, "a concat script"), ("v=0", 0, "a session description"),
            ("OggS", 0, "an Ogg file that begins with neither Opus nor Vorbis"),
            ("\u{1A}E", 0, "a Matroska or WebM file"),
            ("FORM", 0, "an AIFF file"), ("caff", 0, "a CAF file"), ("RIFF", 0, "a RIFF file of another kind"),
            ("PK", 0, "a ZIP file"), ("%PDF", 0, "a PDF file"), ("\u{7F}ELF", 0, "a program"),
            ("JFIF", 6, "a picture"), ("Exif", 6, "a picture"), ("PNG", 1, "a picture"), ("GIF8", 0, "a picture"),
        ]
        let readable = "WAV, FLAC, MP3, M4A, ADTS, Ogg Opus and Ogg Vorbis are read"
        if let (_, _, name) = known.first(where: { has($0.0, head, $0.1) }) {
            return "it is \(name), not audio; \(readable)"
        }
        if head.allSatisfy({ (0x20..<0x7F).contains($0) || (0x09...0x0D).contains($0) }) {
            return "it is text, not audio; \(readable)"
        }
        return "it is no audio that is known here; \(readable)"
    }
}
