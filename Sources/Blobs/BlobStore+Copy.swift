package import Model

extension BlobStore {
    /// Copies a blob through this process, for stores that cannot copy by themselves.
    package func copy(_ source: BlobLocation, to target: BlobLocation) async throws(BlobError) -> CopiedBlob {
        let size = try await size(of: source)
        do {
            let stored = try await write(to: target) { append in
                var copied: Int64 = 0
                for try await bytes in pieces(of: source, in: 0..<size, upTo: copyPiece) {
                    try await append(bytes)
                    copied += Int64(bytes.count)
                }
                guard copied == size else {
                    throw BlobError(.unavailable, "blob \"\(source.path)\" ends at byte \(copied) of \(size)")
                }
            }
            return CopiedBlob(size: stored.size, digest: stored.digest)
        } catch let error as BlobError {
            throw error
        } catch {
            throw BlobError(.unavailable, "the copy of blob \"\(source.path)\" was cancelled")
        }
    }
}

/// The number of bytes that are in memory at once while a blob is copied.
private let copyPiece = 1 << 20
