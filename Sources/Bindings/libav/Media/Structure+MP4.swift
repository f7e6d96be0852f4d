extension Structure {
    /// Walks the outermost boxes (ISO 14496-12 §4.2), which must fill the file.
    static func mp4(_ file: MediaFile) throws(MediaError) -> Structure {
        var window = ByteWindow(file)
        var hasIndex = false
        var hasSound = false
        var offset = 0
        while offset < file.size {
            guard let head = try window.bytes(offset, count: 8) else { throw truncated(file.size, of: nil) }
            var size = Int(head[..<4].bigEndian)
            if size == 1 {
                guard let large = try window.bytes(offset + 8, count: 8) else { throw truncated(file.size, of: nil) }
                size = Int(clamping: large.bigEndian)
            }
            // Size 0 is "to the end of the file", and a run of zeros behind the last box is padding.
            if size == 0 { size = file.size - offset }
            guard size >= 8 else { throw MediaError(.damaged, "the bytes from \(offset) on are no MP4 box") }
            let kind = head[4...]
            guard size <= file.size - offset else {
                guard kind.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
                    throw MediaError(.damaged, "the bytes from \(offset) on are no MP4 box")
                }
                throw truncated(file.size, of: size &+ offset)
            }
            if ("moov" as StaticString).matches(kind) {
                guard !hasIndex else {
                    throw MediaError(.damaged, "a second M4A file is joined to it at byte \(offset)")
                }
                hasIndex = true
            }
            if ("mdat" as StaticString).matches(kind) { hasSound = true }
            if ("moof" as StaticString).matches(kind) {
                throw MediaError(.unsupported, "it is a fragmented MP4 file, made for streaming; a plain M4A is read")
            }
            offset += size
        }
        guard hasIndex, hasSound else {
            let missing = hasIndex ? "sound (the \"mdat\" box)" : "index (the \"moov\" box)"
            throw MediaError(.truncated, "it ends before its \(missing)")
        }
        var structure = Structure(range: 0..<file.size)
        structure.length = .cutToIndex
        return structure
    }

    private static func truncated(_ size: Int, of whole: Int?) -> MediaError {
        guard let whole, whole < 1 << 48 else { return MediaError(.truncated, "it ends in the middle of an MP4 box") }
        return MediaError(.truncated, "it ends after \(size) of \(whole) bytes")
    }
}
