internal import CZlib

/// The CRC-32 of ZIP and PNG over bytes that come in pieces.
package struct CRC32: Sendable, Hashable {
    /// The checksum of all bytes so far; 0 before the first.
    package private(set) var value: UInt32 = 0

    /// The checksum of no bytes.
    package init() {}

    /// The checksum of `bytes`.
    package init(of bytes: [UInt8]) {
        update(bytes)
    }

    /// Adds the bytes that follow.
    package mutating func update(_ bytes: [UInt8]) {
        // The span is marked unsafe for types with padding; UInt8 has none.
        unsafe update(bytes.span.bytes)
    }

    /// Adds the bytes that follow.
    package mutating func update(_ bytes: RawSpan) {
        value = unsafe bytes.withUnsafeBytes { bytes in
            // For a null pointer zlib returns the start value instead of the running one.
            guard let start = bytes.baseAddress else { return value }
            let first = unsafe start.assumingMemoryBound(to: UInt8.self)
            return UInt32(truncatingIfNeeded: unsafe crc32_z(uLong(value), first, bytes.count))
        }
    }

    /// The checksum of two consecutive runs of bytes, computed from the checksum of each.
    ///
    /// - Parameter secondLength: Bytes of the second run.
    package static func combine(_ first: UInt32, _ second: UInt32, secondLength: Int64) -> UInt32 {
        UInt32(truncatingIfNeeded: crc32_combine(uLong(first), uLong(second), Int(secondLength)))
    }
}
