import Blobs
import Files
import Model

import struct Crypto.SHA256

/// A file that a caller sends, written to scratch while it comes and checked against what was announced.
struct ReceivedFile: Sendable {
    /// Bytes that are read at once.
    private static let chunk = 256 << 10

    /// The path in scratch.
    let path: String
    /// The file, open for reading.
    let file: OpenFile
    /// The hash of its bytes: the one that was announced.
    let digest: Digest
    /// Its size in bytes: the one that was announced.
    let bytes: Int64

    /// Writes `chunks` to `folder`.
    ///
    /// - Throws: ``PackagingError`` with code `invalidArgument` if more or fewer bytes come than announced, or others.
    static func receive(
        _ chunks: some AsyncSequence<[UInt8], any Error>,
        digest: Digest,
        bytes: Int64,
        into folder: ScratchFolder
    ) async throws -> ReceivedFile {
        let path = folder.file("received")
        let file = try await folder.perform { () throws(FileError) in
            try OpenFile(path, .creatingForReadingAndWriting)
        }
        var hash = SHA256()
        var received: Int64 = 0
        for try await chunk in chunks {
            received += Int64(chunk.count)
            guard received <= bytes else {
                throw PackagingError.invalid("data", "is longer than the \(bytes) bytes that the header announces")
            }
            hash.update(data: chunk)
            try await folder.perform { () throws(FileError) in try file.write(chunk) }
        }
        guard received == bytes else {
            throw PackagingError.invalid("data", "ends after \(received) of \(bytes) bytes")
        }
        guard let actual = Digest(bytes: hash.finalize()), actual == digest else {
            throw PackagingError.invalid("header.sha256", "is not the SHA-256 of the bytes that came")
        }
        return ReceivedFile(path: path, file: file, digest: digest, bytes: bytes)
    }

    /// Copies a blob to `folder`, and hashes it on the way.
    static func copy(
        of location: BlobLocation,
        in blobs: any BlobStore,
        into folder: ScratchFolder
    ) async throws -> ReceivedFile {
        let path = folder.file("copied")
        let file = try await folder.perform { () throws(FileError) in
            try OpenFile(path, .creatingForReadingAndWriting)
        }
        var hash = SHA256()
        var offset: Int64 = 0
        while true {
            let chunk = try await blobs.read(location, from: offset, upTo: Self.chunk)
            if chunk.isEmpty { break }
            hash.update(data: chunk)
            offset += Int64(chunk.count)
            try await folder.perform { () throws(FileError) in try file.write(chunk) }
        }
        guard let digest = Digest(bytes: hash.finalize()) else {
            throw PackagingError(.internal, "could not hash a blob")
        }
        return ReceivedFile(path: path, file: file, digest: digest, bytes: offset)
    }

    /// The file as content that belongs to `location`.
    func content(at location: BlobLocation) -> ContentFile {
        ContentFile(path: path, bytes: bytes, location: location)
    }
}
