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
    /// - Throws: ``PackagingError`` with code `failedPrecondition` if the blob is gone or is another than was planned.
    package func file(
        of location: BlobLocation,
        digest: Digest,
        bytes: Int,
        called name: String
    ) async throws -> (path: String, facts: FileFacts) {
        do {
            let found: (path: String, facts: FileFacts)
            if let path = try await blobs.localPath(of: location) {
                found = (path, try await scratch.facts(of: path))
            } else {
                let copy = try await scratch.fetch(location, from: blobs, as: "source-\(digest)") { count in
                    guard count <= Int64(bytes) else { throw Self.changed(name) }
                }
                found = (copy.path, copy.facts)
            }
            guard found.facts.digest == digest else { throw Self.changed(name) }
            return found
        } catch let error as BlobError where error.kind == .notFound {
            throw PackagingError(.failedPrecondition, "\(name) is gone from the blob store", cause: error)
        } catch let error as BlobError {
            throw error.packagingError
        }
    }

    private static func changed(_ name: String) -> PackagingError {
        PackagingError(
            .failedPrecondition,
            "\(name) has changed in the blob store since it was measured",
            reason: "AUDIO_CHANGED",
            hint: "Import the book again."
        )
    }
}
