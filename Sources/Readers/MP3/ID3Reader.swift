/// The ID3v2 tag at the front of an MP3 file: versions 2.3 and 2.4, without unsynchronisation.
package struct ID3Reader: Sendable, Hashable {
    /// Texts by frame id, such as `TIT2`. User-defined texts have their name in capitals as the key, such as `ISBN`. If
    /// a text occurs several times, the first counts.
    package private(set) var texts: [String: String] = [:]
    /// The range of the front cover's bytes. If no picture is marked as the front cover, that of the first picture.
    package private(set) var picture: Range<Int>?
    /// The end of the tag, which is the first byte of the sound. Without a tag, the start of the range.
    package let end: Int

    private static let mostFrames = 1000
    private static let longestText = 64 << 10

    /// Reads the tag at the start of `range`.
    ///
    /// - Throws: ``ReaderError`` if the tag states a length beyond the range.
    package init(_ file: ByteSource, in range: Range<Int>) throws(ReaderError) {
        guard range.count >= 10, let head = try file.bytes(range.lowerBound, 10), head[..<3].elementsEqual("ID3".utf8),
            head[6..<10].allSatisfy({ $0 < 0x80 })
        else {
            end = range.lowerBound
            return
        }
        let size = head[6..<10].reduce(0) { $0 << 7 | Int($1) }
        guard size <= range.count - 10 else { throw ReaderError("it ends inside its ID3 tag") }
        end = range.lowerBound + 10 + size
        let version = head[3]
        // Unsynchronised and extended tags are old and rare. Their frames are not read, because they would have to be
        // guessed.
        guard version == 3 || version == 4, head[5] & 0xC0 == 0 else { return }
        var offset = range.lowerBound + 10
        for _ in 0..<Self.mostFrames where end - offset >= 10 {
            guard let frame = try file.bytes(offset, 10), frame[0] != 0 else { break }
            let isPlain = version == 3
            let count = isPlain ? frame[4..<8].size : frame[4..<8].reduce(0) { $0 << 7 | Int($1 & 0x7F) }
            guard count <= end - offset - 10 else { break }
            let id = String(decoding: frame[..<4], as: UTF8.self)
            try read(id, offset + 10..<offset + 10 + count, file)
            offset += 10 + count
        }
    }

    private mutating func read(_ id: String, _ range: Range<Int>, _ file: ByteSource) throws(ReaderError) {
        if id == "APIC" {
            guard let head = try file.bytes(range.lowerBound, min(1024, range.count)) else { return }
            guard let (kind, start) = Self.pictureHead(head), kind == 3 || picture == nil else { return }
            picture = range.lowerBound + start..<range.upperBound
        } else if id.hasPrefix("T"), range.count <= Self.longestText, texts[id] == nil {
            guard let bytes = try file.bytes(range) else { return }
            let parts = Self.texts(bytes)
            if id != "TXXX" {
                texts[id] = parts.first
            } else if parts.count > 1, texts[parts[0].uppercased()] == nil {
                texts[parts[0].uppercased()] = parts[1]
            }
        }
    }

    /// The kind of the picture (3 is the front cover) and where its bytes begin (ID3v2.3 §4.15).
    private static func pictureHead(_ bytes: [UInt8]) -> (kind: UInt8, start: Int)? {
        guard let encoding = bytes.first, let typeEnd = bytes.dropFirst().firstIndex(of: 0), typeEnd + 1 < bytes.count
        else { return nil }
        var index = typeEnd + 2
        let isWide = encoding == 1 || encoding == 2
        while index < bytes.count {
            if !isWide, bytes[index] == 0 { return (bytes[typeEnd + 1], index + 1) }
            if isWide, index + 1 < bytes.count, bytes[index] == 0, bytes[index + 1] == 0 {
                return (bytes[typeEnd + 1], index + 2)
            }
            index += isWide ? 2 : 1
        }
        return nil
    }

    /// The texts of a frame, which are separated by zeros.
    private static func texts(_ bytes: [UInt8]) -> [String] {
        let content = bytes.dropFirst()
        let text: String
        switch bytes.first {
        case 1, 2:
            let isLittle = content.starts(with: [0xFF, 0xFE])
            let marked = isLittle || content.starts(with: [0xFE, 0xFF])
            text = wide(Array(marked ? content.dropFirst(2) : content), isLittle: isLittle)
        case 3: text = String(decoding: content, as: UTF8.self)
        default:
            let scalars = content.map { Unicode.Scalar($0) }
            text = String(String.UnicodeScalarView(scalars))
        }
        // Each UTF-16 text of a frame has its own byte order mark.
        return text.split(separator: "\0", omittingEmptySubsequences: false).prefix(8).map { part in
            String(part.hasPrefix("\u{FEFF}") ? part.dropFirst() : part)
        }
    }

    private static func wide(_ bytes: [UInt8], isLittle: Bool) -> String {
        var units: [UInt16] = []
        for place in stride(from: 0, to: bytes.count - 1, by: 2) {
            let (first, second) = (UInt16(bytes[place]), UInt16(bytes[place + 1]))
            units.append(isLittle ? second << 8 | first : first << 8 | second)
        }
        return String(decoding: units, as: UTF16.self)
    }
}
