import Blobs
import Files
import Model
import Testing

@Suite("Filesystem blob store")
struct FileBlobStoreTests {
    private let location = BlobLocation(container: "t-0-temp", path: "a/b")

    @Test("opening the store removes uploads that are a day old, and keeps newer ones, which may still be under way")
    func clearsUploads() async throws {
        try await withFolder { folder in
            let store = try FileBlobStore(root: folder)
            let living = try await store.upload(to: location)
            try await living.append([1])
            let lost = folder + "/uploads/lost"
            _ = try OpenFile(lost, .creating)
            try age(lost, bySeconds: 24 * 3600 + 60)
            #expect(try FileTree.names(in: folder + "/uploads").count == 2)
            _ = try FileBlobStore(root: folder)
            #expect(try FileTree.names(in: folder + "/uploads").count == 1)
            #expect(try await living.commit().size == 1)
        }
    }

    @Test("a link inside a container that leads out of it is not followed")
    func staysInside() async throws {
        try await withFolder { folder in
            let store = try FileBlobStore(root: folder + "/blobs")
            let secret = try OpenFile(folder + "/secret", .creating)
            try secret.write([7])
            let container = folder + "/blobs/containers/t-0-temp"
            try FileTree.makeFolder(container)
            try symlink(folder + "/secret", at: container + "/file")
            try symlink(folder, at: container + "/folder")
            for path in ["file", "folder/secret"] {
                let location = BlobLocation(container: "t-0-temp", path: path)
                let error = await #expect(throws: BlobError.self) { try await store.read(location, from: 0, upTo: 9) }
                #expect(error?.kind == .notFound)
            }
        }
    }

    @Test("a reader keeps what it opened when the blob is deleted")
    func deletedWhileRead() async throws {
        try await withFolder { folder in
            let store = try FileBlobStore(root: folder)
            let upload = try await store.upload(to: location)
            try await upload.append([1, 2, 3])
            _ = try await upload.commit()
            let path = try #require(try await store.localPath(of: location))
            let file = try OpenFile(path, .reading)
            try await store.delete(location)
            #expect(try file.read(from: 0, upTo: 9) == [1, 2, 3])
        }
    }
}
