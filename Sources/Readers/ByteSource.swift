/// The bytes of a file that nobody vouches for, read at any place.
///
/// All readers of this module go through it: it gives out only what lies inside the file, and never more than
/// ``longestRead`` at once, so a number that was read from the file can neither reach outside it nor ask for memory that
/// the file does not fill.
package struct ByteSource {
    /// Bytes of one read at most.
    package static let longestRead = 1 << 20

    /// Bytes of the file.
    package let size: Int
    private let body: (_ offset: Int, _ count: Int) throws(ReaderError) -> [UInt8]

    /// A file of `size` bytes.
    ///
    /// - Parameter read: Gives `count` bytes from `offset`, or fewer where the file was cut short meanwhile. It is asked
    ///   for nothing outside the file.
    package init(size: Int, read: @escaping (_ offset: Int, _ count: Int) throws(ReaderError) -> [UInt8]) {
        self.size = size
        body = read
    }

    /// Bytes in memory.
    package init(_ bytes: [UInt8]) {
        self.init(size: bytes.count) { offset, count in Array(bytes[offset..<offset + count]) }
    }

    /// The bytes in `range`; nil unless all of it lies inside the file.
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

    /// `count` bytes from `offset`; nil unless all of them lie inside the file.
    package func bytes(_ offset: Int, _ count: Int) throws(ReaderError) -> [UInt8]? {
        guard offset >= 0, count >= 0, offset <= size, count <= size - offset else { return nil }
        return try bytes(offset..<offset + count)
    }
}

/// Why a file cannot be read as what it should be: the end of a sentence about it, without a full stop.
package struct ReaderError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The reason, such as `it has no directory of members`.
    package let reason: String

    /// An error with this reason.
    package init(_ reason: String) { self.reason = reason }

    /// The reason.
    package var description: String { reason }
}

/// Numbers in the bytes of a header. Collections of more than eight bytes keep the last eight.
extension Collection<UInt8> {
    var bigEndian: UInt64 { reduce(0) { $0 << 8 | UInt64($1) } }
    var littleEndian: UInt64 { reversed().bigEndian }
    /// The number in as many bytes as there are, big end first; at most `Int.max`.
    var size: Int { Int(clamping: bigEndian) }
    /// The same with the little end first.
    var littleSize: Int { Int(clamping: littleEndian) }
}

/// Names and titles of a foreign file as they are shown: no control characters, at most 200 characters.
func shown(_ text: String) -> String {
    let scalars = text.unicodeScalars.prefix(200).map { scalar in
        scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar
    }
    return String(String.UnicodeScalarView(scalars))
}
