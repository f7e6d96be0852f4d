import Blobs
import Files
import Glibc
import Model
import Testing

/// A kind of blob store that the contract runs against.
enum StoreUnderTest: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case filesystem

    static let all = allCases

    var testDescription: String { rawValue }

    func withStore(_ body: (any BlobStore) async throws -> Void) async throws {
        try await withFolder { folder in try await body(FileBlobStore(root: folder)) }
    }
}

/// The hashes of `bytes`.
func hashes(_ bytes: [UInt8]) -> BlobHashes {
    var hasher = BlobHasher()
    hasher.update(bytes)
    return hasher.finish()
}

/// Gives `body` a new folder and removes it afterwards.
func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = "/tmp/khipu-blobs-\(Identifier<StoreUnderTest>.random())"
    try FileTree.makeFolder(folder)
    do {
        try await body(folder)
    } catch {
        try FileTree.removeAll(folder)
        throw error
    }
    try FileTree.removeAll(folder)
}

/// Makes a symbolic link at `path` to `target`.
func symlink(_ target: String, at path: String) throws {
    try #require(unsafe Glibc.symlink(target, path) == 0)
}

/// Makes the file at `path` look as if it was written `seconds` ago.
func age(_ path: String, bySeconds seconds: Int) throws {
    let time = timeval(tv_sec: Glibc.time(nil) - seconds, tv_usec: 0)
    try #require(unsafe utimes(path, [time, time]) == 0)
}
