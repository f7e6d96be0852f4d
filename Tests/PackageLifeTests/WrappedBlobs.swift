import Blobs
import Model

/// A blob store of a test, which does what `blobs` does except for what it has of its own.
protocol WrappedBlobs: BlobStore {
    var blobs: FileBlobStore { get }
}

extension WrappedBlobs {
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
}
