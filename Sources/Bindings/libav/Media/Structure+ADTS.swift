extension Structure {
    /// Walks the frames of an ADTS stream (ISO 13818-7 §6.2), which has no header, no length and no beginning.
    static func adts(_ file: MediaFile, from start: Int) throws(MediaError) -> Structure {
        let end = try endBeforeTags(file, from: start)
        var window = ByteWindow(file, upTo: end)
        var offset = start
        while offset < end {
            guard let header = try window.bytes(offset, count: 7) else {
                throw MediaError(.truncated, "it ends in the middle of an AAC frame, at byte \(offset)")
            }
            let size = Int(header[3..<6].bigEndian >> 5 & 0x1FFF)
            guard header[0] == 0xFF, header[1] & 0xF6 == 0xF0, size > 7 else {
                throw MediaError(.damaged, "the bytes from \(offset) on are not AAC")
            }
            guard size <= end - offset else {
                throw MediaError(.truncated, "it ends in the middle of an AAC frame, at byte \(offset)")
            }
            offset += size
        }
        var structure = Structure(range: start..<end)
        structure.startIsKnown = false
        return structure
    }
}
