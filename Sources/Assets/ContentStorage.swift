package import Blobs
package import Model

/// A file whose bytes are stored under a name that is their hash.
package struct ContentFile: Sendable, Hashable {
    /// Its path in scratch.
    package var path: String
    /// Its size in bytes.
    package var bytes: Int64
    /// Where its bytes are stored; see `TenantContainers.content`.
    package var location: BlobLocation

    /// The file at `path`, whose `bytes` bytes are stored at `location`.
    package init(path: String, bytes: Int64, location: BlobLocation) {
        self.path = path
        self.bytes = bytes
        self.location = location
    }
}

extension BlobStore {
    /// Stores `files`, and has `record` write the rows that name them. When this returns, the bytes are in the store.
    ///
    /// A blob that exists already has the same bytes, because its name is their hash, so it is not sent again. Until
    /// the row is written, the cleaner may remove such a blob, because the last row that named it is gone. Once the row
    /// is written, nothing removes the blob. So this looks for each blob once more after `record`, and stores it again
    /// if it is missing.
    ///
    /// - Parameter announce: Notes that the bytes are to be removed unless they are recorded. Without it, the bytes would
    ///   stay for ever if `record` fails, or if the daemon dies before it.
    /// - Throws: What `announce` and `record` throw; ``PackagingError`` if a file cannot be read or stored.
    package func store<Value>(
        _ files: [ContentFile],
        from scratch: ScratchFolder,
        announce: () async throws -> Void,
        record: () async throws -> Value
    ) async throws -> Value {
        try await announce()
        for file in files { try await put(file, from: scratch) }
        let value = try await record()
        for file in files {
            do throws(BlobError) {
                _ = try await size(of: file.location)
            } catch {
                guard error.kind == .notFound else { throw error.packagingError }
                try await put(file, from: scratch)
            }
        }
        return value
    }

    private func put(_ content: ContentFile, from scratch: ScratchFolder) async throws {
        do {
            try await write(to: content.location) { append in
                try await scratch.read(content.path, length: content.bytes) { try await append($0) }
            }
        } catch let error as BlobError where error.kind == .alreadyExists {
            return
        } catch let error as BlobError {
            throw error.packagingError
        }
    }
}
