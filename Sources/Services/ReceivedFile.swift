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

    /// Puts the file into the blob store. One that is there already is the same: its name is its hash.
    func store(at location: BlobLocation, in blobs: any BlobStore, from folder: ScratchFolder) async throws {
        do {
            let upload = try await blobs.upload(to: location)
            var offset: Int64 = 0
            while offset < bytes {
                let start = offset
                let chunk = try await folder.perform { () throws(FileError) in
                    try file.read(from: start, upTo: Self.chunk)
                }
                guard !chunk.isEmpty else { throw PackagingError(.dataLoss, "a scratch file ends too early") }
                try await upload.append(chunk)
                offset += Int64(chunk.count)
            }
            _ = try await upload.commit()
        } catch let error as BlobError where error.kind == .alreadyExists {
            return
        } catch let error as BlobError {
            throw error.packagingError
        }
    }

    /// Makes sure that the bytes are in the blob store once a row says so.
    ///
    /// They may have been there before this file came, and have been removed between the look and the row because the
    /// last project that had them was deleted. From the row on nobody removes them.
    func makeSure(of location: BlobLocation, in blobs: any BlobStore, from folder: ScratchFolder) async throws {
        do throws(BlobError) {
            _ = try await blobs.size(of: location)
        } catch {
            guard error.kind == .notFound else { throw error.packagingError }
            try await store(at: location, in: blobs, from: folder)
        }
    }
}
