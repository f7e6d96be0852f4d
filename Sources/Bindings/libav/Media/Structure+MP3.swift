extension Structure {
    /// Walks frame after frame to the end of the file, and compares the result with the Info or Xing tag.
    static func mp3(_ file: MediaFile, from start: Int) throws(MediaError) -> Structure {
        let end = try endBeforeTags(file, from: start)
        var window = ByteWindow(file, upTo: end)
        var walk = MP3Walk()
        var offset = start
        while offset < end {
            guard
                let header = try window.at(
                    offset,
                    count: 4,
                    { span in MPEGHeader([span[0], span[1], span[2], span[3]]) }
                )
            else { throw MediaError(.truncated, "it ends in the middle of an MP3 frame, at byte \(offset)") }
            guard let header, walk.first.map({ $0.isSameStream(as: header) }) ?? true else {
                throw try foreign(&window, at: offset)
            }
            let tagBytes = min(header.frameBytes, InfoTag.bytesNeeded)
            let frame = try window.bytes(offset, count: tagBytes)
            if let frame, let tag = InfoTag(frame: frame, header: header) {
                guard walk.frames == 0, walk.tag == nil else {
                    throw MediaError(.damaged, "a second MP3 file is joined to it at byte \(offset)")
                }
                walk.tag = tag
                walk.musicStart = offset + header.frameBytes
            } else {
                walk.frames += 1
            }
            walk.first = walk.first ?? header
            guard header.frameBytes <= end - offset else {
                try walk.checkCount(frames: walk.frames - 1)
                throw MediaError(.truncated, "it ends in the middle of an MP3 frame, at byte \(offset)")
            }
            offset += header.frameBytes
        }
        try walk.checkCount(frames: walk.frames)
        if let tag = walk.tag, let expected = tag.musicCRC, let from = walk.musicStart {
            guard try crc16(&window, from: from, to: end) == expected else {
                throw MediaError(.damaged, "its frames do not match the checksum in its Info tag")
            }
        }
        return walk.structure(range: start..<end)
    }

    /// The error for bytes at `offset` where a frame should begin.
    private static func foreign(_ window: inout ByteWindow, at offset: Int) throws(MediaError) -> MediaError {
        if try window.starts(with: "ID3", at: offset) {
            return MediaError(.damaged, "a second MP3 file is joined to it at byte \(offset)")
        }
        let next = try window.bytes(offset, count: min(64, window.end - offset)) ?? []
        let what = next.allSatisfy { $0 == 0 } ? "zeros" : "not MP3"
        return MediaError(.damaged, "the bytes from \(offset) on are \(what)")
    }

    private static func crc16(_ window: inout ByteWindow, from: Int, to end: Int) throws(MediaError) -> UInt16 {
        var crc = CRC16()
        var offset = from
        while offset < end {
            let count = min(1 << 15, end - offset)
            _ = try window.at(offset, count: count) { span in crc.update(span) }
            offset += count
        }
        return crc.value
    }
}

/// The facts about an MP3 file that were found so far.
private struct MP3Walk {
    var first: MPEGHeader?
    var tag: InfoTag?
    var frames = 0
    var musicStart: Int?

    /// - Throws: ``MediaError`` if the tag promises another number of frames.
    func checkCount(frames: Int) throws(MediaError) {
        guard let first, let said = tag?.frames, said != frames else { return }
        // Some encoders count the frame that holds the tag.
        if tag?.trim == nil, said == frames + 1 { return }
        let spf = first.samplesPerFrame
        guard frames >= said else { throw MediaError.endsEarly(frames * spf, of: said * spf, at: first.sampleRate) }
        let found = seconds(frames * spf, at: first.sampleRate)
        let promised = seconds(said * spf, at: first.sampleRate)
        throw MediaError(.damaged, "it goes on for \(found) where its Info tag says \(promised)")
    }

    func structure(range: Range<Int>) -> Structure {
        var structure = Structure(range: range)
        guard let first else { return structure }
        let total = frames * first.samplesPerFrame
        if let trim = tag?.trim {
            // A decoder adds 529 samples of its own. If the padding is less than that, nothing more is cut at the end.
            structure.length = .exactly(max(0, total - trim.delay - 529 - max(0, trim.padding - 529)))
        } else {
            structure.startIsKnown = false
            if tag == nil { structure.length = .exactly(total) }
        }
        return structure
    }
}

extension MPEGHeader {
    /// Whether a frame of `other` may follow in the same file. Mono and stereo may alternate, and bit rates; the sample
    /// rate may not.
    func isSameStream(as other: MPEGHeader) -> Bool {
        sampleRate == other.sampleRate && isVersion1 == other.isVersion1
    }
}
