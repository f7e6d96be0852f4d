import Assets
import Blobs
import Logging
import Model
import Packagers
import Store

/// Copies encoded chapters out of existing packages, so that they need not be encoded again.
///
/// A copy only saves time: if anything is wrong with the source, the chapter is encoded as if there were no source.
struct ChapterCopies: Sendable {
    let packages: PackageStore
    let blobs: any BlobStore
    let project: ProjectID
    let tenant: TenantID
    let scratch: ScratchFolder
    let logger: Logger

    /// Where each of these encodings can be copied from. Encodings without a source are missing in the answer.
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
    /// - Parameter name: A name that no other file in scratch has.
    /// - Returns: The copy; nil if the source cannot be read or its bytes have changed.
    /// - Throws: ``PackagingError`` if the file cannot be written.
    func copy(_ source: ChapterSource, as name: String) async throws -> EncodedRenders.File? {
        let chapter = source.chapter
        do {
            let range = chapter.offset..<chapter.offset + chapter.bytes
            let copy = try await scratch.fetch(source.location, in: range, from: blobs, as: name)
            guard copy.facts.bytes == chapter.bytes, copy.facts.digest == chapter.sha256 else {
                logger.warning(
                    "a package is damaged: its chapter is encoded",
                    metadata: [
                        "blob": "\(source.location)", "offset": "\(chapter.offset)", "bytes": "\(chapter.bytes)",
                    ]
                )
                return nil
            }
            let facts = EncodedFile(copy.facts, packetSizes: chapter.packetSizes)
            return EncodedRenders.File(path: copy.path, facts: facts)
        } catch let error as BlobError {
            logger.notice("could not copy a chapter: it is encoded", metadata: ["error": "\(error)"])
            return nil
        }
    }
}
