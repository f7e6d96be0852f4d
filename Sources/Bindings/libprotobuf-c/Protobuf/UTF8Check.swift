/// Whether bytes are text that the C library can carry: well-formed UTF-8 without NUL.
enum UTF8Check {
    private static let highBits: UInt64 = 0x8080_8080_8080_8080
    private static let ones: UInt64 = 0x0101_0101_0101_0101

    static func check(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
        var index = 0
        while index < bytes.count {
            if bytes.count - index >= 8 {
                // Checks eight bytes of ASCII at once. The subtraction borrows into a high bit where a byte is zero.
                let word = unsafe bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                if (word | (word &- ones)) & highBits == 0 {
                    index += 8
                    continue
                }
            }
            let length = try unsafe sequenceLength(bytes, at: index)
            index += length
        }
    }

    /// The number of bytes of the character at `index`, by table 3-7 of the Unicode standard.
    private static func sequenceLength(_ bytes: UnsafeRawBufferPointer, at index: Int) throws(WireError) -> Int {
        func byte(_ offset: Int) -> UInt8 { index + offset < bytes.count ? unsafe bytes[index + offset] : 0 }
        func isContinuation(_ offset: Int) -> Bool { byte(offset) & 0xc0 == 0x80 }
        switch (byte(0), byte(1)) {
        case (0, _):
            throw WireError(.containsNUL)
        case (0x01...0x7f, _):
            return 1
        case (0xc2...0xdf, 0x80...0xbf):
            return 2
        case (0xe0, 0xa0...0xbf), (0xe1...0xec, 0x80...0xbf), (0xed, 0x80...0x9f), (0xee...0xef, 0x80...0xbf):
            guard isContinuation(2) else { throw WireError(.notUTF8) }
            return 3
        case (0xf0, 0x90...0xbf), (0xf1...0xf3, 0x80...0xbf), (0xf4, 0x80...0x8f):
            guard isContinuation(2), isContinuation(3) else { throw WireError(.notUTF8) }
            return 4
        default:
            throw WireError(.notUTF8)
        }
    }
}
