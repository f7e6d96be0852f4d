package import Blobs
package import Model

/// Makes the sources of a batch available as files on this machine, and refuses a blob that is not the planned one.
package struct SourceFiles: Sendable {
    private let blobs: any BlobStore
    private let scratch: ScratchFolder

    /// Copies blobs of `blobs` to `scratch`, unless the store keeps them on this machine already.
    package init(blobs: any BlobStore, scratch: ScratchFolder) {
        self.blobs = blobs
        self.scratch = scratch
    }

    /// Returns a file with the bytes of `location`, after reading it to its end and comparing its hash with `digest`.
    ///
    /// The file is the blob's own file if the store keeps blobs on this machine, else a copy in scratch.
    ///
    /// - Parameters:
    ///   - bytes: The size that was planned. No more than that is copied. A file of the blob store is checked by its
    ///     hash alone.
    ///   - name: What the file is, for the error, such as `the cover`.
    ///   - reason: The reason of the error if the blob is another than was planned.
    /// - Throws: ``PackagingError`` with code `failedPrecondition` if the blob is gone or is another than was planned.
    package func file(
        of location: BlobLocation,
        digest: Digest,
        bytes: Int,
        called name: String,
        reason: String = "AUDIO_CHANGED"
    ) async throws -> (path: String, facts: FileFacts) {
        do {
            let found: (path: String, facts: FileFacts)
            if let path = try await blobs.localPath(of: location) {
                found = (path, try await scratch.facts(of: path))
            } else {
                let copy = try await scratch.fetch(location, from: blobs, as: "source-\(digest)") { count in
                    guard count <= Int64(bytes) else { throw Self.changed(name, reason) }
                }
                found = (copy.path, copy.facts)
            }
            guard found.facts.digest == digest else { throw Self.changed(name, reason) }
            return found
        } catch let error as BlobError where error.kind == .notFound {
            throw PackagingError(.failedPrecondition, "\(name) is gone from the blob store", cause: error)
        } catch let error as BlobError {
            throw error.packagingError
        }
    }

    private static func changed(_ name: String, _ reason: String) -> PackagingError {
        PackagingError(
            .failedPrecondition,
            "\(name) has changed in the blob store since it was measured",
            reason: reason,
            hint: "Import the book again."
        )
    }
}
