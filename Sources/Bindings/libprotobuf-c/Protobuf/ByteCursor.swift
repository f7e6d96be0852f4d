/// A position in bytes that are read from front to back, never beyond their end.
@unsafe struct ByteCursor {
    // owners: a cursor is a variable of one call, to which somebody else lends the bytes for as long
    private(set) var position: UnsafeRawPointer
    // owners: as above
    let end: UnsafeRawPointer

    /// A field's tag.
    struct Tag {
        var number: UInt32
        var wireType: UInt8
    }

    var isAtEnd: Bool { unsafe position == end }

    /// A number of up to ten bytes.
    mutating func varint() throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            let byte = try unsafe nextByte()
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
        }
        throw WireError(.varintTooLong)
    }

    /// The tag of the next field. The C library reads at most five bytes of a tag.
    mutating func tag() throws(WireError) -> Tag {
        let start = unsafe position
        let value = try unsafe varint()
        guard unsafe position - start <= 5, value <= UInt32.max else { throw WireError(.varintTooLong) }
        guard value >> 3 != 0 else { throw WireError(.invalidFieldNumber) }
        return Tag(number: UInt32(value >> 3), wireType: UInt8(value & 7))
    }

    // owners: a part of the bytes that are lent
    /// The bytes after a length.
    mutating func lengthPrefixed() throws(WireError) -> UnsafeRawBufferPointer {
        let length = try unsafe varint()
        guard let count = Int(exactly: length) else { throw WireError(.truncated) }
        let start = unsafe position
        try unsafe skip(count)
        return unsafe UnsafeRawBufferPointer(start: start, count: count)
    }

    mutating func skip(_ count: Int) throws(WireError) {
        guard unsafe count <= end - position else { throw WireError(.truncated) }
        unsafe position += count
    }

    private mutating func nextByte() throws(WireError) -> UInt8 {
        guard unsafe position < end else { throw WireError(.truncated) }
        defer { unsafe position += 1 }
        return unsafe position.load(as: UInt8.self)
    }
}
