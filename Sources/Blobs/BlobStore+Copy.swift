public import Model

extension BlobStore {
    /// Copies a blob to `target`, where nothing may be.
    ///
    /// - Returns: What was written, counted and hashed on the way: who knows what the blob must be compares it.
    /// - Throws: ``BlobError`` with kind `notFound` if `source` is not there, or goes before it was read to its end;
    ///   `alreadyExists` if there is a blob at `target`; else as an upload does. Nothing was written then.
    public func copy(_ source: BlobLocation, to target: BlobLocation) async throws(BlobError) -> StoredBlob {
        let size = try await size(of: source)
        let upload = try await upload(to: target)
        do {
            var copied: Int64 = 0
            for try await bytes in pieces(of: source, in: 0..<size, upTo: copyPiece) {
                try await upload.append(bytes)
                copied += Int64(bytes.count)
            }
            guard copied == size else {
                throw BlobError(.unavailable, "blob \"\(source.path)\" ends at byte \(copied) of \(size)")
            }
            return try await upload.commit()
        } catch {
            await upload.abort()
            if let error = error as? BlobError { throw error }
            throw BlobError(.unavailable, "the copy of blob \"\(source.path)\" was cancelled")
        }
    }
}

/// Bytes that are in memory at once while a blob is copied.
private let copyPiece = 1 << 20
