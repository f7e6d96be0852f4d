import Blobs
import CloudBlobs
import Files
import Glibc
import HTTP
import Model
import TestSupport
import Testing

/// A kind of blob store that the contract runs against.
enum StoreUnderTest: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case filesystem
    /// S3 as OpenStack Swift speaks it.
    case swift
    /// S3 as moto speaks it.
    case moto

    static let all = allCases
    /// Those that make links. The server of moto gives links no meaning.
    static let linking: [StoreUnderTest] = [.swift]

    var testDescription: String { rawValue }

    func withStore(_ body: (any BlobStore) async throws -> Void) async throws {
        try await withStores { store, _ in try await body(store) }
    }

    /// Gives `body` a store, and the same one as it was `late` seconds ago.
    func withStores(late: Int64 = 0, _ body: (any BlobStore, any BlobStore) async throws -> Void) async throws {
        switch self {
        case .filesystem:
            try await withFolder { folder in
                let store = try FileBlobStore(root: folder)
                try await body(store, store)
            }
        case .swift, .moto:
            let server = try await CloudServers.shared.s3(rawValue)
            let prefix = "\(Identifier<StoreUnderTest>.random())"
            try await body(CloudBlobStore.s3(server, prefix), CloudBlobStore.s3(server, prefix, late: late))
        }
    }
}

extension CloudBlobStore {
    /// A store on a server, whose clock is `late` seconds behind.
    static func s3(_ server: CloudServers.S3, _ prefix: String, late: Int64 = 0) -> CloudBlobStore {
        let now = { @Sendable in Instant(microseconds: (Int64(Glibc.time(nil)) - late) * 1_000_000) }
        let keys = ["AWS_ACCESS_KEY_ID": server.id, "AWS_SECRET_ACCESS_KEY": server.secret]
        let settings = S3Settings(
            bucket: server.bucket,
            prefix: prefix,
            endpoint: server.endpoint,
            region: server.region,
            isPathStyle: true,
            keys: AWSKeyFinder(environment: keys, file: nil, now: now)
        )
        return CloudBlobStore(settings, client: HTTPClient(), now: now)
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
