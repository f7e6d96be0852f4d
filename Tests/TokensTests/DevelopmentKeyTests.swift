import Files
import Foundation
import Logging
import Model
import TestSupport
import Testing

@testable import Tokens

@Suite("The key for development")
struct DevelopmentKeyTests {
    private func token(_ key: DevelopmentKey, user: String? = nil) async throws -> String {
        try await key.token(
            tenant: "acme",
            user: user,
            service: "development",
            scopes: [.read, .package],
            life: .seconds(3600),
            now: noon
        )
    }

    private func verifier(_ folder: TemporaryFolder) async throws -> TokenVerifier {
        let trust = TokenTrust(
            issuer: DevelopmentKey.issuer,
            audience: DevelopmentKey.audience,
            keys: .development(folder: folder.path)
        )
        return try await TokenVerifier(trust, logger: Logger(label: "test") { _ in LogRecorder() }, now: { noon })
    }

    @Test("the key is made once, for its owner alone, and its tokens say what they were told to")
    func makes() async throws {
        try await withTemporaryFolder("key") { folder in
            let key = try DevelopmentKey.open(in: folder.path)
            let file = try SmallFile.read(folder.file(DevelopmentKey.fileName), limit: 4096)
            #expect(file.permissions == 0o600)
            #expect(try FileTree.names(in: folder.path) == [DevelopmentKey.fileName])
            #expect(try DevelopmentKey.open(in: folder.path).publicBytes == key.publicBytes)
            let verifier = try await verifier(folder)
            let claims = try await verifier.verify(token(key))
            #expect(claims.tenant == "acme")
            #expect(claims.principal == .service("development"))
            #expect(claims.scopes == [.read, .package])
            #expect(claims.issuedAt == noon)
            #expect(claims.expiresAt == noon + .seconds(3600))
            #expect(try await verifier.verify(token(key, user: "ada")).principal == .user("ada"))
            #expect(try await verifier.verify(token(key)).id != claims.id)
        }
    }

    @Test("several processes that make the key at once get the same one")
    func race() async throws {
        for _ in 0..<20 {
            try await withTemporaryFolder("key") { folder in
                let state = folder.file("state")
                let keys = try await withThrowingTaskGroup { group in
                    for _ in 0..<8 { group.addTask { try DevelopmentKey.open(in: state).publicBytes } }
                    return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
                }
                #expect(keys.count == 1)
                #expect(try FileTree.names(in: state).count == 1)
            }
        }
    }

    @Test("a key that others can read, or that is none, is not used")
    func refused() async throws {
        try await withTemporaryFolder("key") { folder in
            _ = try DevelopmentKey.open(in: folder.path)
            let path = folder.file(DevelopmentKey.fileName)
            try FileTree.setPermissions(path, 0o640)
            let error = #expect(throws: PackagingError.self) { try DevelopmentKey.open(in: folder.path) }
            #expect(error?.message.contains("other users can read") == true)
            try FileTree.setPermissions(path, 0o600)
            try Data("no key".utf8).write(to: URL(fileURLWithPath: path))
            try FileTree.setPermissions(path, 0o600)
            #expect(throws: PackagingError.self) { try DevelopmentKey.open(in: folder.path) }
        }
    }

    @Test("a key that root makes belongs to whom the folder belongs to", .enabled(if: geteuid() == 0))
    func owner() async throws {
        try await withTemporaryFolder("key") { folder in
            let state = folder.file("state")
            try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
            try #require(unsafe chown(state, 65534, 65534) == 0)
            _ = try DevelopmentKey.open(in: state)
            let file = try SmallFile.read(state + "/" + DevelopmentKey.fileName, limit: 4096)
            #expect(file.owner == 65534)
            #expect(file.permissions == 0o600)
        }
    }

    @Test("a key that is made or replaced later counts without a restart", .timeLimit(.minutes(5)))
    func later() async throws {
        try await withTemporaryFolder("key") { folder in
            let verifier = try await verifier(folder)
            #expect(verifier.keySummary == nil)
            try await running(verifier) { () async throws in
                let first = try await token(DevelopmentKey.open(in: folder.path))
                #expect(try await verifier.verify(first).tenant == "acme")
                try FileTree.removeFile(folder.file(DevelopmentKey.fileName))
                let second = try await token(DevelopmentKey.open(in: folder.path))
                // The key that is away counts until there is another: asking for that one finds it.
                #expect(try await verifier.verify(second).tenant == "acme")
                #expect(try await refusal(verifier, first).reason == "TOKEN_KEY_UNKNOWN")
            }
        }
    }
}
