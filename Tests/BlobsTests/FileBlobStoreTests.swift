import Files
import Glibc
import Model
import Synchronization
import Testing

@testable import Blobs

@Suite("Filesystem blob store", .timeLimit(.minutes(5)))
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
            #expect(try await removeAll(store) == 1)
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
            #expect(try await living.commit(hashes([1])) == 1)
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
            #expect(try await living.commit(hashes([])) == 0)
        }
    }

    @Test("a daemon that died just after a commit leaves a second name: removing it keeps the blob")
    func secondName() async throws {
        try await withFolder { folder in
            let store = try FileBlobStore(root: folder)
            try await store.write(to: location) { append in try await append([1, 2]) }
            try FileTree.link(try #require(try await store.localPath(of: location)), to: folder + "/uploads/second")
            try age(folder + "/uploads/second", bySeconds: long)
            #expect(try await removeAll(store) == 1)
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
            try await store.write(to: location) { append in try await append([1, 2, 3]) }
            let path = try #require(try await store.localPath(of: location))
            let file = try OpenFile(path, .reading)
            try await store.delete(location)
            #expect(try file.read(from: 0, upTo: 9) == [1, 2, 3])
        }
    }

    @Test("a commit whose folders cannot be synchronised leaves nothing visible, and may be repeated")
    func unsynchronised() async throws {
        try await withFolder { root in
            let isBroken = Mutex(true)
            let folders = Mutex<[String]>([])
            let store = try FileBlobStore(root: root) { folder throws(FileError) in
                folders.withLock { $0.append(String(folder.dropFirst(root.count))) }
                if isBroken.withLock({ $0 }) { throw FileError(ENOSPC, "synchronise \"\(folder)\"") }
            }
            for attempt in 1...2 {
                let upload = try await store.upload(to: location)
                try await upload.append([1])
                if attempt == 1 {
                    let error = await #expect(throws: BlobError.self) { try await upload.commit(hashes([1])) }
                    #expect(error?.kind == .full)
                    let missing = await #expect(throws: BlobError.self) { try await store.size(of: location) }
                    #expect(missing?.kind == .notFound)
                    isBroken.withLock { $0 = false }
                } else {
                    #expect(try await upload.commit(hashes([1])) == 1)
                }
            }
            #expect(try FileTree.names(in: root + "/uploads") == [])
            // The folder above a new container has its name.
            let all = ["/containers/t-0-temp/a", "/containers/t-0-temp", "/containers"]
            #expect(folders.withLock { $0 } == ["/containers/t-0-temp/a"] + all)
        }
    }

    @Test("the room is that of the disk that the blobs are on")
    func space() async throws {
        try await withFolder { root in
            let space = try #require(try await FileBlobStore(root: root).space())
            #expect(space.identifier == (try FileSystemSpace(of: root)).identifier)
            #expect(space.usableBytes <= space.totalBytes && space.freeBytes <= space.usableBytes)
        }
    }
}

@Suite("Folders")
struct FolderTests {
    @Test("folders above a new one are made, and a folder or a link to one is left as it is")
    func makes() async throws {
        try await withFolder { root in
            try FileTree.makeFolder(root + "/a/b/c")
            try symlink(root + "/a", at: root + "/link")
            for path in ["/a/b/c", "/link", "/link/b/d/e"] { try FileTree.makeFolder(root + path) }
            #expect(FileTree.isFolder(root + "/a/b/d/e"))
        }
    }

    @Test(
        "a path through a file, or through a link that leads nowhere, is refused by name and not tried for ever",
        arguments: ["file", "file/x", "file/x/y", "dangling", "dangling/x", "loop/x"]
    )
    func refuses(_ path: String) async throws {
        try await withFolder { root in
            _ = try OpenFile(root + "/file", .creating)
            try symlink(root + "/nowhere", at: root + "/dangling")
            try symlink(root + "/loop", at: root + "/loop")
            let error = #expect(throws: FileError.self) { try FileTree.makeFolder(root + "/" + path) }
            #expect(error?.errorNumber == (path.hasPrefix("loop") ? ELOOP : ENOTDIR))
            #expect(error?.action.contains(root + "/" + path.prefix { $0 != "/" }) == true)
            #expect(!FileTree.isFolder(root + "/nowhere"))
        }
    }

    @Test("a folder is emptied without following links, and keeps itself and the name that stays")
    func empties() async throws {
        try await withFolder { root in
            let (folder, outside) = (root + "/folder", root + "/outside")
            for path in ["/folder/a/b", "/folder/lost+found", "/outside/kept"] { try FileTree.makeFolder(root + path) }
            try symlink(outside, at: folder + "/link")
            try FileTree.empty(folder, except: "lost+found")
            #expect(try FileTree.names(in: folder) == ["lost+found"])
            #expect(try FileTree.names(in: outside) == ["kept"])
        }
    }
}

/// Removes abandoned uploads until there was one. A program that another test starts at this moment has our open files
/// until it runs, and with them the lock of an upload.
private func removeAll(_ store: FileBlobStore) async throws -> Int {
    while true {
        let removed = try await store.removeAbandonedUploads()
        if removed > 0 { return removed }
        await Task.yield()
    }
}
