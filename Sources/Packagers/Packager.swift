package import Model

/// Turns encoded chapters, in order, into the bytes of one package.
///
/// A packager does not keep audio in memory. It returns ``Piece``s: some are bytes, others are ranges of the caller's
/// files. So a package can be sent while its later chapters are still being encoded. Call ``begin()`` once, ``add(_:)``
/// once for each track in order, ``finish()`` once; each piece begins where the one before it ended, the first one behind
/// the header.
package protocol Packager: Sendable {
    /// The number of bytes at the package's beginning that depend on all tracks. ``finish()`` returns their pieces last, from
    /// offset 0 on. Zero for a package that is made from its first byte to its last.
    var headerSize: Int64 { get }
    /// The pieces before the first track.
    mutating func begin() throws(PackagerError) -> [Piece]
    /// The pieces of the next track.
    ///
    /// - Throws: ``PackagerError`` if the file's size or packets differ from the plan, if it lacks a digest that the package
    ///   must name, or if all tracks were already added.
    mutating func add(_ track: EncodedFile) throws(PackagerError) -> [Piece]
    /// The pieces after the last track, and then those of the header.
    ///
    /// - Throws: ``PackagerError`` if tracks are missing.
    mutating func finish() throws(PackagerError) -> [Piece]
}

extension Packager {
    /// No header: the package is made from its first byte to its last.
    package var headerSize: Int64 { 0 }
}

/// A run of a package's bytes.
package struct Piece: Sendable, Hashable {
    /// Where the bytes come from.
    package enum Content: Sendable, Hashable {
        /// These bytes.
        case bytes([UInt8])
        /// `length` bytes of `source` from `offset`.
        case file(Source, offset: Int64, length: Int64)
    }

    /// A file of the caller.
    package enum Source: Sendable, Hashable {
        /// The cover image.
        case cover
        /// An encoded track, by its place in the package from 0.
        case track(Int)
    }

    /// Where the run begins in the package.
    package let offset: Int64
    /// Its bytes.
    package let content: Content

    /// A run of bytes at `offset`.
    package init(offset: Int64, content: Content) {
        self.offset = offset
        self.content = content
    }

    /// The number of bytes.
    package var length: Int64 {
        switch content {
        case .bytes(let bytes): Int64(bytes.count)
        case .file(_, _, let length): length
        }
    }
}

/// The facts about a file after it is written. They are sufficient to put it into a package without reading it.
package struct EncodedFile: Sendable, Hashable {
    /// Size in bytes.
    package var bytes: Int64
    /// The CRC-32 of all bytes.
    package var crc32: UInt32
    /// The SHA-256 of all bytes; nil if it was not computed. A package that names it needs it.
    package var digest: Digest?
    /// The size of each packet, for AAC; empty for other files.
    package var packetSizes: [UInt32]

    /// A file of `bytes` bytes.
    package init(bytes: Int64, crc32: UInt32, digest: Digest? = nil, packetSizes: [UInt32] = []) {
        self.bytes = bytes
        self.crc32 = crc32
        self.digest = digest
        self.packetSizes = packetSizes
    }
}

/// Why a package cannot be laid out.
package enum PackagerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A file's size differs from the plan.
    case unplannedSize(name: String, planned: Int64, actual: Int64)
    /// A track's number of packets does not fit its length, or the packets' sizes do not add up to its bytes.
    case unplannedPackets(title: String, planned: Int, actual: Int, bytes: Int64)
    /// There are more or fewer tracks than planned.
    case unplannedTracks(planned: Int, actual: Int)
    /// A package names the digest of a file whose digest was not computed.
    case noDigest(name: String)
    /// A value does not fit into the field that the format has for it.
    case tooLarge(String)

    /// One line that names the thing and the reason.
    package var description: String {
        switch self {
        case .unplannedSize(let name, let planned, let actual):
            "\"\(name)\" has \(actual) bytes where the plan says \(planned)"
        case .unplannedPackets(let title, let planned, let actual, let bytes):
            "\"\(title)\" has \(actual) packets in \(bytes) bytes where the plan says \(planned)"
        case .unplannedTracks(let planned, let actual):
            "\(actual) tracks were given where the plan says \(planned)"
        case .noDigest(let name):
            "\"\(name)\" has no digest for the package to name"
        case .tooLarge(let what):
            "\(what) is too large for the format"
        }
    }
}
