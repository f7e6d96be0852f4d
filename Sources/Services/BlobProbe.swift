package import Blobs
package import Model

/// Checks whether a blob store keeps the bytes it is given.
package enum BlobProbe {
    /// The container of the blob that is written. It belongs to no tenant.
    package static let container = "packagingd-probe"

    /// Writes a blob, reads it back and deletes it. Several daemons may do so at once.
    ///
    /// - Throws: ``PackagingError``: `resourceExhausted` if the store is full, `unavailable` if it does not work or
    ///   gives back something else.
    package static func run(on blobs: any BlobStore) async throws(PackagingError) {
        let name = Identifier<BlobProbe>.random().description
        let location = BlobLocation(container: container, path: "probe/\(name)")
        // About one page of the disk, with different contents each time.
        let bytes = Array(String(repeating: name + "\n", count: 112).utf8)
        do {
            try await blobs.write(to: location) { append in try await append(bytes) }
            let back = try await blobs.read(location, from: 0, upTo: bytes.count + 1)
            try await blobs.delete(location)
            guard back == bytes else {
                throw BlobError(.unavailable, "the blob store gives back other bytes than it was given")
            }
        } catch let error as BlobError where error.kind == .full {
            throw error.packagingError
        } catch {
            // A blob that does not exist gives this error too: the folders of the store are missing then.
            throw PackagingError(.unavailable, "the blob store is not available", cause: error)
        }
    }
}
