import Assets
import Blobs
import Foundation
import Model

/// Calls `body` with the path of a new folder, which is removed afterwards.
func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let path = FileManager.default.temporaryDirectory.path + "/khipu-assets-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return try await body(path)
}

/// Calls `body` with an empty blob store and a scratch folder.
func withAssets<Value: Sendable>(
    _ body: (_ blobs: FileBlobStore, _ scratch: ScratchFolder) async throws -> Value
) async throws -> Value {
    try await withFolder { root in
        let blobs = try FileBlobStore(root: root + "/blobs")
        return try await ScratchSpace(root: root + "/scratch").withFolder(of: .random(), for: "test") { folder in
            try await body(blobs, folder)
        }
    }
}

/// A blob store without local files, as those of clouds are. Its blobs are kept by another blob store.
struct DistantBlobs: BlobStore {
    let blobs: FileBlobStore

    func upload(to location: BlobLocation, reserving header: Int64) async throws(BlobError) -> any BlobUpload {
        try await blobs.upload(to: location, reserving: header)
    }

    func read(_ location: BlobLocation, from offset: Int64, upTo length: Int) async throws(BlobError) -> [UInt8] {
        try await blobs.read(location, from: offset, upTo: length)
    }

    func size(of location: BlobLocation) async throws(BlobError) -> Int64 { try await blobs.size(of: location) }

    func delete(_ location: BlobLocation) async throws(BlobError) { try await blobs.delete(location) }

    func removeAbandonedUploads() async throws(BlobError) -> Int { try await blobs.removeAbandonedUploads() }
    func removeBlobs(in container: String, olderThan age: Duration) async throws(BlobError) -> Int {
        try await blobs.removeBlobs(in: container, olderThan: age)
    }

    func localPath(of location: BlobLocation) async throws(BlobError) -> String? { nil }
}

extension BlobStore {
    /// Stores `bytes` at `location`.
    func put(_ bytes: [UInt8], at location: BlobLocation) async throws {
        try await write(to: location) { append in try await append(bytes) }
    }
}
