import Blobs
import Files
import Model
import Testing

@Suite("Filesystem blob store")
struct FileBlobStoreTests {
    private let location = BlobLocation(container: "t-0-temp", path: "a/b")

    /// Longer than an upload that nobody holds is kept.
    private let long = 660

    @Test("an upload that nobody holds is removed after ten minutes, and a younger one is kept")
    func clearsUploads() async throws {
        try await withFolder { folder in
            let store = try FileBlobStore(root: folder)
            for (name, seconds) in [("lost", long), ("young", 540)] {
                _ = try OpenFile(folder + "/uploads/" + name, .creating)
                try age(folder + "/uploads/" + name, bySeconds: seconds)
            }
            #expect(try await store.removeAbandonedUploads() == 1)
            #expect(try FileTree.names(in: folder + "/uploads") == ["young"])
        }
    }

    @Test("an upload that waits for hours is held by its lock, and other daemons keep it")
    func locked() async throws {
        try await withFolder { folder in
            let living = try await FileBlobStore(root: folder).upload(to: location)
            try await living.append([1])
            let name = try #require(FileTree.names(in: folder + "/uploads").first)
            try age(folder + "/uploads/" + name, bySeconds: 100 * long)
            #expect(try await FileBlobStore(root: folder).removeAbandonedUploads() == 0)
            #expect(try await living.commit().size == 1)
        }
    }

    @Test("where locks are not seen, a waiting upload is kept because its own daemon touches it")
    func touched() async throws {
        try await withFolder { folder in
            let store = try FileBlobStore(root: folder)
            let living = try await store.upload(to: location)
            let name = try #require(FileTree.names(in: folder + "/uploads").first)
            try age(folder + "/uploads/" + name, bySeconds: 100 * long)
            #expect(try await store.removeAbandonedUploads() == 0)
            #expect(try FileTree.files(below: folder + "/uploads", idleFor: .seconds(60)).isEmpty)
            #expect(try await living.commit().size == 0)
        }
    }

    @Test("a daemon that died just after a commit leaves a second name: removing it keeps the blob")
    func secondName() async throws {
        try await withFolder { folder in
            let store = try FileBlobStore(root: folder)
            let upload = try await store.upload(to: location)
            try await upload.append([1, 2])
            _ = try await upload.commit()
            try FileTree.link(try #require(try await store.localPath(of: location)), to: folder + "/uploads/second")
            try age(folder + "/uploads/second", bySeconds: long)
            #expect(try await store.removeAbandonedUploads() == 1)
            #expect(try await store.read(location, from: 0, upTo: 9) == [1, 2])
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
