import Files
package import Model
import Packagers

import struct Crypto.SHA256

/// The size and the checksums of a file, computed while all of its bytes are read.
package struct FileFacts: Sendable, Hashable {
    /// The size in bytes.
    package var bytes: Int64
    /// The SHA-256 of all bytes.
    package var digest: Digest
    /// The CRC-32 of all bytes, which a ZIP file contains.
    package var crc32: UInt32

    /// These facts.
    package init(bytes: Int64, digest: Digest, crc32: UInt32) {
        self.bytes = bytes
        self.digest = digest
        self.crc32 = crc32
    }
}

/// Computes ``FileFacts`` from bytes that come in pieces.
struct FileFactsFinder: Sendable {
    private(set) var bytes: Int64 = 0
    private var hash = SHA256()
    private var crc32 = CRC32()

    mutating func update(_ piece: [UInt8]) {
        bytes += Int64(piece.count)
        hash.update(data: piece)
        crc32.update(piece)
    }

    var facts: FileFacts {
        guard let digest = Digest(bytes: hash.finalize()) else { preconditionFailure("a SHA-256 has 32 bytes") }
        return FileFacts(bytes: bytes, digest: digest, crc32: crc32.value)
    }
}

extension ScratchFolder {
    /// Reads the file at `path` to its end and computes its facts.
    ///
    /// - Parameter path: The path of a file in scratch, or of one that the blob store keeps on this machine.
    /// - Throws: ``PackagingError`` if the file cannot be read.
    package func facts(of path: String) async throws(PackagingError) -> FileFacts {
        try await perform { () throws(FileError) in
            let file = try OpenFile(path, .reading)
            var finder = FileFactsFinder()
            while true {
                let piece = try file.read(from: finder.bytes, upTo: scratchPiece)
                if piece.isEmpty { return finder.facts }
                finder.update(piece)
            }
        }
    }

    /// Reads `length` bytes of a scratch file from `offset`, and hands them on in pieces.
    ///
    /// - Throws: ``PackagingError`` with code `dataLoss` if the file has fewer bytes; what `receive` throws.
    package func read(
        _ path: String,
        from offset: Int64 = 0,
        length: Int64,
        receive: (_ piece: [UInt8]) async throws -> Void
    ) async throws {
        let file = try await perform { () throws(FileError) in try OpenFile(path, .reading) }
        var position = offset
        while position < offset + length {
            let start = position
            let count = Int(min(Int64(scratchPiece), offset + length - start))
            let piece = try await perform { () throws(FileError) in try file.read(from: start, upTo: count) }
            guard piece.count == count else {
                throw PackagingError(.dataLoss, "a scratch file ends at byte \(start + Int64(piece.count))")
            }
            try await receive(piece)
            position += Int64(count)
        }
    }
}

/// The most bytes of a file that are in memory at once.
let scratchPiece = 256 << 10
