/// One box of an MP4 file (ISO 14496-12 §4.2).
struct MP4Box {
    /// Four characters, such as `moov`; `©` is byte A9.
    let kind: String
    /// The range of the bytes after its header.
    let content: Range<Int>
}

/// Finds boxes and counts them, so that a file cannot make the walk longer than the limit.
struct MP4Walk {
    private static let mostBoxes = 200_000

    let file: ByteSource
    private var boxes = 0

    init(_ file: ByteSource) { self.file = file }

    /// The boxes that fill `range`.
    ///
    /// - Throws: ``ReaderError`` if a box is longer than the range that contains it, or there are too many boxes.
    mutating func children(of range: Range<Int>) throws(ReaderError) -> [MP4Box] {
        var found: [MP4Box] = []
        var offset = range.lowerBound
        while range.upperBound - offset >= 8 {
            boxes += 1
            guard boxes <= Self.mostBoxes else { throw ReaderError("its index has more boxes than any book needs") }
            guard let head = try file.bytes(offset, 8) else { throw ReaderError("it ends in the middle of an MP4 box") }
            var size = head[..<4].size
            var header = 8
            if size == 1 {
                guard let large = try file.bytes(offset + 8, 8) else {
                    throw ReaderError("it ends in the middle of an MP4 box")
                }
                (size, header) = (large.size, 16)
            }
            if size == 0 { size = range.upperBound - offset }
            let kind = Self.name(head[4...])
            guard size >= header, size <= range.upperBound - offset else {
                throw ReaderError("the box \"\(shown(kind))\" at byte \(offset) is longer than what holds it")
            }
            found.append(MP4Box(kind: kind, content: offset + header..<offset + size))
            offset += size
        }
        return found
    }

    /// The first box at `path`, which has one name for each level below `box`.
    mutating func first(_ path: [String], in box: Range<Int>) throws(ReaderError) -> Range<Int>? {
        var range = box
        for name in path {
            guard let child = try children(of: range).first(where: { $0.kind == name }) else { return nil }
            range = child.content
        }
        return range
    }

    /// Reads the table in a full box: a 32-bit count at `countAt`, then entries of `width` bytes each.
    ///
    /// - Parameter body: Called with the bytes of each entry, at most `limit` times. If the box ends early, it is called
    ///   less often than the count states.
    func table(
        _ box: Range<Int>,
        countAt: Int = 4,
        width: Int,
        limit: Int,
        _ body: (ArraySlice<UInt8>) throws(ReaderError) -> Void
    ) throws(ReaderError) {
        guard box.count >= countAt + 4, let head = try file.bytes(box.lowerBound + countAt, 4) else { return }
        let start = box.lowerBound + countAt + 4
        let count = min(head.size, (box.upperBound - start) / width, limit)
        let step = ByteSource.longestRead / width
        var done = 0
        while done < count {
            let wanted = min(step, count - done)
            guard let bytes = try file.bytes(start + done * width, wanted * width) else { return }
            for index in 0..<wanted { try body(bytes[index * width..<(index + 1) * width]) }
            done += wanted
        }
    }

    private static func name(_ bytes: ArraySlice<UInt8>) -> String {
        String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
}
