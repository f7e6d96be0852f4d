// The nesting of MP4 boxes: a size, four characters, and the content (ISO/IEC 14496-12 §4.2).
extension [UInt8] {
    /// Appends a box; `body` appends its content.
    mutating func appendBox(_ type: String, _ body: (inout [UInt8]) -> Void) {
        let start = count
        appendBigEndian(0 as UInt32)
        append(fourCharacters: type)
        body(&self)
        // Only `mdat` may need more than 32 bits, and it is not written here.
        let size = UInt32(truncatingIfNeeded: count - start)
        for index in 0..<4 { self[start + index] = UInt8(truncatingIfNeeded: size >> (24 - 8 * index)) }
    }

    /// Appends a box that begins with a version and flags.
    mutating func appendFullBox(
        _ type: String,
        version: UInt8 = 0,
        flags: UInt32 = 0,
        _ body: (inout [UInt8]) -> Void
    ) {
        appendBox(type) { box in
            box.appendBigEndian(UInt32(version) << 24 | flags)
            body(&box)
        }
    }

    /// Appends a box type. The sign © in Apple's types is one byte.
    mutating func append(fourCharacters type: String) {
        append(contentsOf: type.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
    }

    /// Appends a time or length: 64 bits in a box of version 1, 32 bits in one of version 0.
    mutating func append(time: UInt64, version: UInt8) {
        if version == 1 {
            appendBigEndian(time)
        } else {
            appendBigEndian(UInt32(truncatingIfNeeded: time))
        }
    }

    /// Appends zero bytes.
    mutating func append(zeros: Int) {
        append(contentsOf: repeatElement(0, count: zeros))
    }

    /// Appends the identity matrix.
    mutating func appendIdentityMatrix() {
        for value in [0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000] as [UInt32] { appendBigEndian(value) }
    }
}

extension String {
    /// The longest prefix that has at most `limit` bytes of UTF-8 and cuts no character.
    func prefix(utf8 limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var result = ""
        var bytes = 0
        for character in self {
            bytes += character.utf8.count
            if bytes > limit { break }
            result.append(character)
        }
        return result
    }
}
