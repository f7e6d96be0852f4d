extension Structure {
    static func flac(_ file: MediaFile, from start: Int) throws(MediaError) -> Structure {
        var window = ByteWindow(file)
        // "fLaC", then STREAMINFO, which RFC 9639 §8.2 wants first: 4 bytes of block header, 34 of body.
        guard let head = try window.bytes(start, count: 42) else {
            throw MediaError(.truncated, "it ends inside its FLAC header")
        }
        guard head[4] & 0x7F == 0, head[5..<8].bigEndian == 34 else {
            throw MediaError(.damaged, "it does not begin with STREAMINFO as FLAC files do")
        }
        var structure = Structure(range: start..<(try endBeforeTags(file, from: start)))
        let total = Int(head[21] & 0x0F) << 32 | Int(head[22..<26].bigEndian)
        if total > 0 {
            structure.length = .exactly(total)
        } else {
            structure.warnings.append("its header does not say how long it is, so that a missing end would not show")
        }
        return structure
    }
}
