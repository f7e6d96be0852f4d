import Blobs
import Files
import Model
import Packagers

import struct Crypto.SHA256

/// Brings what a batch is made from to this machine: each blob once, and only if it is the one that was planned.
struct SourceFiles: Sendable {
    let blobs: any BlobStore
    let scratch: ScratchFolder

    /// The path of a file with the bytes of `location`, which hash to `digest`.
    ///
    /// The file is the blob itself where the store keeps blobs on this machine, else a copy in scratch.
    ///
    /// - Throws: ``PackagingError`` with code `failedPrecondition` if the blob is gone or is another than was planned.
    func path(of location: BlobLocation, digest: Digest, bytes: Int, called name: String) async throws -> String {
        do {
            if let path = try await blobs.localPath(of: location) {
                let actual = try await scratch.perform { () throws(FileError) in try Self.checksums(of: path) }
                try check(actual.digest, digest, name)
                return path
            }
            return try await copy(location, digest: digest, bytes: bytes, called: name)
        } catch let error as BlobError where error.kind == .notFound {
            throw PackagingError(.failedPrecondition, "\(name) is gone from the blob store", cause: error)
        } catch let error as BlobError {
            throw error.packagingError
        }
    }

    private func copy(
        _ location: BlobLocation,
        digest: Digest,
        bytes: Int,
        called name: String
    ) async throws -> String {
        let path = scratch.file("source-\(digest)")
        let file = try await scratch.perform { () throws(FileError) in try OpenFile(path, .creating) }
        var hash = SHA256()
        var offset: Int64 = 0
        while true {
            let chunk = try await blobs.read(location, from: offset, upTo: PackageUpload.chunk)
            if chunk.isEmpty { break }
            hash.update(data: chunk)
            offset += Int64(chunk.count)
            guard offset <= Int64(bytes) else { break }
            try await scratch.perform { () throws(FileError) in try file.write(chunk) }
        }
        try check(Digest(bytes: hash.finalize()), digest, name)
        return path
    }

    private func check(_ actual: Digest?, _ planned: Digest, _ name: String) throws(PackagingError) {
        guard actual == planned else {
            throw PackagingError(
                .failedPrecondition,
                "\(name) has changed in the blob store since it was measured",
                reason: "AUDIO_CHANGED",
                hint: "Import the book again."
            )
        }
    }

    /// What is known of a file once all of it was read.
    struct Checksums: Sendable {
        var bytes: Int64
        var digest: Digest?
        var crc32: UInt32
    }

    /// Reads a file to its end.
    static func checksums(of path: String) throws(FileError) -> Checksums {
        let file = try OpenFile(path, .reading)
        var hash = SHA256()
        var crc32 = CRC32()
        var offset: Int64 = 0
        while true {
            let chunk = try file.read(from: offset, upTo: PackageUpload.chunk)
            if chunk.isEmpty { break }
            hash.update(data: chunk)
            crc32.update(chunk)
            offset += Int64(chunk.count)
        }
        return Checksums(bytes: offset, digest: Digest(bytes: hash.finalize()), crc32: crc32.value)
    }
}
