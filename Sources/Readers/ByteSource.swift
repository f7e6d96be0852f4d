/// The bytes of an untrusted file, read at any offset.
///
/// All readers of this module use it. It returns only bytes inside the file, and at most ``longestRead`` at once. So a
/// number that was read from the file can neither lead outside the file nor allocate more memory than the file fills.
package struct ByteSource {
    /// The most bytes of one read.
    package static let longestRead = 1 << 20

    /// Bytes of the file.
    package let size: Int
    private let body: (_ offset: Int, _ count: Int) throws(ReaderError) -> [UInt8]

    /// A file of `size` bytes.
    ///
    /// - Parameter read: Returns `count` bytes from `offset`, or fewer if the file has become shorter. It is never
    ///   asked for bytes outside the file.
    package init(size: Int, read: @escaping (_ offset: Int, _ count: Int) throws(ReaderError) -> [UInt8]) {
        self.size = size
        body = read
    }

    /// Bytes in memory.
    package init(_ bytes: [UInt8]) {
        self.init(size: bytes.count) { offset, count in Array(bytes[offset..<offset + count]) }
    }

    /// The bytes in `range`; nil unless the whole range is inside the file.
    ///
    /// - Throws: ``ReaderError`` if it is more than ``longestRead``, or the file cannot be read.
    package func bytes(_ range: Range<Int>) throws(ReaderError) -> [UInt8]? {
        guard range.lowerBound >= 0, range.upperBound <= size else { return nil }
        guard range.count <= Self.longestRead else {
            throw ReaderError("a part of \(range.count) bytes is more than is read at once")
        }
        guard !range.isEmpty else { return [] }
        let bytes = try body(range.lowerBound, range.count)
        return bytes.count == range.count ? bytes : nil
    }

    /// `count` bytes from `offset`; nil unless all of them are inside the file.
    package func bytes(_ offset: Int, _ count: Int) throws(ReaderError) -> [UInt8]? {
        guard offset >= 0, count >= 0, offset <= size, count <= size - offset else { return nil }
        return try bytes(offset..<offset + count)
    }
}

/// Why a file cannot be read in the expected format: the end of a sentence about the file, without a full stop.
package struct ReaderError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The reason, such as `it has no directory of members`.
    package let reason: String

    /// An error with this reason.
    package init(_ reason: String) { self.reason = reason }

    /// The reason.
    package var description: String { reason }
}

/// Numbers in the bytes of a header. Of more than eight bytes, only the eight least significant ones count.
extension Collection<UInt8> {
    var bigEndian: UInt64 { reduce(0) { $0 << 8 | UInt64($1) } }
    var littleEndian: UInt64 { reversed().bigEndian }
    /// All bytes as a big-endian number; at most `Int.max`.
    var size: Int { Int(clamping: bigEndian) }
    /// All bytes as a little-endian number; at most `Int.max`.
    var littleSize: Int { Int(clamping: littleEndian) }
}

/// A name or title of a foreign file in a form that can be shown: without control characters, at most 200 characters.
func shown(_ text: String) -> String {
    let scalars = text.unicodeScalars.prefix(200).map { scalar in
        scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar
    }
    return String(String.UnicodeScalarView(scalars))
}
