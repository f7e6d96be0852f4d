package import Model

extension BlobStore {
    /// Copies a blob to `target`, where no blob may exist.
    ///
    /// - Returns: The size and hash of what was written. A caller that knows what the blob must be compares them.
    /// - Throws: ``BlobError`` with kind `notFound` if `source` does not exist or is deleted while it is read;
    ///   `alreadyExists` if there is a blob at `target`; `unavailable` if the task is cancelled; else what an upload
    ///   throws.
    package func copy(_ source: BlobLocation, to target: BlobLocation) async throws(BlobError) -> StoredBlob {
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

/// The number of bytes that are in memory at once while a blob is copied.
private let copyPiece = 1 << 20
