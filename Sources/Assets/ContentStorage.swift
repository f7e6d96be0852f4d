public import Blobs
public import Model

/// A file whose bytes belong to the place that their hash names.
public struct ContentFile: Sendable, Hashable {
    /// Its path in scratch.
    public var path: String
    /// Its size in bytes.
    public var bytes: Int64
    /// Where its bytes belong; see `TenantContainers.content`.
    public var location: BlobLocation

    /// The file at `path`, of `bytes` bytes that belong to `location`.
    public init(path: String, bytes: Int64, location: BlobLocation) {
        self.path = path
        self.bytes = bytes
        self.location = location
    }
}

extension BlobStore {
    /// Stores `files`, and has `record` write the rows that name them: when this returns, the bytes are there.
    ///
    /// Bytes that are there already are the same, for their name is their hash, and are not sent again. Until the row is
    /// written they may be removed, because the last that named them is gone; from the row on nobody removes them. So they
    /// are looked for once more after it. Without a row they are no more than bytes that nobody names.
    ///
    /// - Throws: What `record` throws; ``PackagingError`` if a file cannot be read or stored.
    public func store<Value>(
        _ files: [ContentFile],
        from scratch: ScratchFolder,
        record: () async throws -> Value
    ) async throws -> Value {
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
            let upload = try await upload(to: content.location)
            do {
                try await scratch.read(content.path, length: content.bytes) { try await upload.append($0) }
                _ = try await upload.commit()
            } catch {
                await upload.abort()
                throw error
            }
        } catch let error as BlobError where error.kind == .alreadyExists {
            return
        } catch let error as BlobError {
            throw error.packagingError
        }
    }
}
