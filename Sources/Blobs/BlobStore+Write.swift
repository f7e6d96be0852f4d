package import Model

extension BlobStore {
    /// Writes a new blob at `location`, from its first byte to its last.
    ///
    /// - Parameter body: Calls `append` with the next bytes, as often as it likes. If it throws, nothing is written.
    /// - Throws: ``BlobError``, as ``upload(to:reserving:)`` and the upload throw; and what `body` throws.
    @discardableResult
    package func write(
        to location: BlobLocation,
        _ body: (_ append: (_ bytes: [UInt8]) async throws(BlobError) -> Void) async throws -> Void
    ) async throws -> StoredBlob {
        let upload = try await upload(to: location)
        do {
            var hasher = BlobHasher()
            try await body { (bytes) async throws(BlobError) in
                try await upload.append(bytes)
                hasher.update(bytes)
            }
            let hashes = hasher.finish()
            return StoredBlob(size: try await upload.commit(hashes), digest: hashes.sha256)
        } catch {
            await upload.abort()
            throw error
        }
    }
}
