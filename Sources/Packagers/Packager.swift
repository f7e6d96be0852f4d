package import Model

/// Turns encoded chapters, in order, into the bytes of one package.
///
/// A packager holds no chapter's audio: what it gives out are ``Piece``s, some of them bytes and some of them ranges of the
/// caller's files. So a package can be sent while its later chapters are still encoding. Call ``begin()`` once, ``add(_:)``
/// once for each track in order, ``finish()`` once; each piece begins where the one before it ended.
package protocol Packager: Sendable {
    /// What comes before the first track.
    mutating func begin() throws(PackagerError) -> [Piece]
    /// What the next track adds.
    ///
    /// - Throws: ``PackagerError`` if the file is not of the planned size, or all tracks are there already.
    mutating func add(_ track: EncodedFile) throws(PackagerError) -> [Piece]
    /// What comes after the last track.
    ///
    /// - Throws: ``PackagerError`` if tracks are missing.
    mutating func finish() throws(PackagerError) -> [Piece]
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

/// What is known about a file once it is written: enough to put it into a package without reading it.
package struct EncodedFile: Sendable, Hashable {
    /// Size in bytes.
    package var bytes: Int64
    /// The CRC-32 of all bytes.
    package var crc32: UInt32
    /// What all bytes hash to; nil if nobody computed it, which will not do for a package that names it.
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
    /// A file has another size than the plan says.
    case unplannedSize(name: String, planned: Int64, actual: Int64)
    /// A track has another number of packets than its length asks for, or they do not add up to its bytes.
    case unplannedPackets(title: String, planned: Int, actual: Int, bytes: Int64)
    /// A track more than planned, or fewer.
    case unplannedTracks(planned: Int, actual: Int)
    /// A package names the digest of a file that has none.
    case noDigest(name: String)
    /// A value does not fit into the field that the format has for it.
    case tooLarge(String)

    /// One line: the thing and the reason.
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
