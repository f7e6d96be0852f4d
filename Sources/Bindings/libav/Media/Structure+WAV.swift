extension Structure {
    /// Sizes that programs write when they stream and cannot go back to correct them. They mean "unknown".
    private static let placeholders: Set<UInt64> = [0, 0x7FFF_F000, 0x7FFF_FFFF, 0xFFFF_FFFF]

    static func wav(_ file: MediaFile) throws(MediaError) -> Structure {
        var window = ByteWindow(file)
        var structure = Structure(range: 0..<file.size)
        let is64 = try window.starts(with: "RF64", at: 0)
        var size64: UInt64?
        var bytesPerSecond = 0
        var bytesPerFrame = 0
        var offset = 12
        while let chunk = try window.bytes(offset, count: 8) {
            let size = chunk[4...].littleEndian
            let body = offset + 8
            if ("fmt " as StaticString).matches(chunk[..<4]), let format = try window.bytes(body, count: 16) {
                bytesPerSecond = Int(format[8..<12].littleEndian)
                bytesPerFrame = Int(format[12..<14].littleEndian)
            } else if is64, ("ds64" as StaticString).matches(chunk[..<4]) {
                size64 = try window.bytes(body + 8, count: 8)?.littleEndian
            } else if ("data" as StaticString).matches(chunk[..<4]) {
                guard bytesPerSecond > 0, bytesPerFrame > 0 else {
                    throw MediaError(.damaged, "its WAV header does not say what its samples are")
                }
                let present = file.size - body
                let declared = size == 0xFFFF_FFFF ? size64 ?? size : size
                if declared == 0, try isChunk(at: body, of: &window) { throw Structure.noSound }
                if placeholders.contains(declared), declared > present || declared == 0 {
                    structure.ignoresCorruptFlag = true
                    structure.length = .exactly(present / bytesPerFrame)
                    return structure
                }
                guard declared <= present else {
                    let promised = Int(min(declared, 1 << 48)) / bytesPerFrame
                    let rate = bytesPerSecond / bytesPerFrame
                    throw MediaError.endsEarly(present / bytesPerFrame, of: promised, at: rate)
                }
                let end = body + Int(declared)
                let next = end + Int(declared & 1)
                if try window.starts(with: "RIFF", at: next) {
                    throw MediaError(.damaged, "a second WAV file is joined to it at byte \(next)")
                }
                structure.length = .exactly(Int(declared) / bytesPerFrame)
                return structure
            }
            let next = body + Int(clamping: size) &+ Int(size & 1)
            guard next > offset, next <= file.size else { break }
            offset = next
        }
        throw MediaError(.truncated, "it ends before its samples begin")
    }

    static let noSound = MediaError(.empty, "it holds no sound")

    /// Whether a chunk begins here and ends with the file. If so, a data size of 0 is not a placeholder but really 0.
    private static func isChunk(at offset: Int, of window: inout ByteWindow) throws(MediaError) -> Bool {
        guard let chunk = try window.bytes(offset, count: 8) else { return false }
        let end = offset + 8 + Int(chunk[4...].littleEndian)
        return chunk[..<4].allSatisfy { (0x20..<0x7F).contains($0) } && end <= window.end && end >= window.end - 1
    }
}
