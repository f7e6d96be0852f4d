import Blobs
import Files
import Logging
import Model
import Packagers
import Store

import struct Crypto.SHA256

/// Copies encoded chapters out of packages that are there, so that they need not be encoded again.
///
/// A copy is a favour: whatever is wrong with a source, its chapter is encoded as if there were none.
struct ChapterCopies: Sendable {
    let packages: PackageStore
    let blobs: any BlobStore
    let project: ProjectID
    let tenant: TenantID
    let scratch: ScratchFolder
    let logger: Logger

    /// Where each of these encodings lies, if it does.
    func sources(of encodes: [Digest]) async throws -> [Digest: ChapterSource] {
        do {
            return try await packages.chapters(encodes, project: project, tenant: tenant)
        } catch {
            try Task.checkCancellation()
            logger.warning("could not look for chapters to copy", metadata: ["error": "\(error)"])
            return [:]
        }
    }

    /// Copies one chapter to a new file.
    ///
    /// - Returns: What was copied; nil if it is gone, or not what it was.
    func copy(_ source: ChapterSource, to path: String) async throws -> EncodedRenders.File? {
        let chapter = source.chapter
        let file = try await scratch.perform { () throws(FileError) in try OpenFile(path, .creating) }
        var hash = SHA256()
        var crc32 = CRC32()
        var copied: Int64 = 0
        do {
            while copied < chapter.bytes {
                try Task.checkCancellation()
                let length = Int(min(Int64(PackageUpload.chunk), chapter.bytes - copied))
                let bytes = try await blobs.read(source.location, from: chapter.offset + copied, upTo: length)
                if bytes.isEmpty { break }
                hash.update(data: bytes)
                crc32.update(bytes)
                try await scratch.perform { () throws(FileError) in try file.write(bytes) }
                copied += Int64(bytes.count)
            }
        } catch let error as BlobError {
            logger.notice("could not copy a chapter: it is encoded", metadata: ["error": "\(error)"])
            return nil
        }
        guard copied == chapter.bytes, Digest(bytes: hash.finalize()) == chapter.sha256 else {
            logger.warning(
                "a package is damaged: its chapter is encoded",
                metadata: ["blob": "\(source.location)", "offset": "\(chapter.offset)", "bytes": "\(chapter.bytes)"]
            )
            return nil
        }
        let facts = EncodedFile(
            bytes: chapter.bytes,
            crc32: crc32.value,
            digest: chapter.sha256,
            packetSizes: chapter.packetSizes
        )
        return EncodedRenders.File(path: path, facts: facts)
    }
}
