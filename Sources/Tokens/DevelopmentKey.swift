import Crypto
import Files
import Foundation
import Glibc
import JWTKit
package import Model

/// The key in a daemon's state folder, which signs tokens for development.
package struct DevelopmentKey: Sendable {
    /// The issuer of its tokens.
    package static let issuer = "packagingd"
    /// The audience of its tokens.
    package static let audience = "packagingd"
    /// The longest life of a token.
    package static let longestLife = TokenRules.longestLife
    /// The name of its file.
    package static let fileName = "token-key.pem"

    private let key: EdDSA.PrivateKey

    /// The key in `folder`. It is made, with the folder, if it is not there.
    ///
    /// The file belongs to whom the folder belongs to, also where root makes it, so that the daemon can read it.
    ///
    /// - Throws: ``PackagingError`` if it cannot be made or read, or others can read it.
    package static func open(in folder: String) throws(PackagingError) -> DevelopmentKey {
        do throws(FileError) {
            let path = folder + "/" + fileName
            if !FileTree.isFile(path) { try make(at: path, in: folder) }
            return try read(in: folder)
        } catch {
            throw PackagingError(
                .failedPrecondition,
                "could not use the key for development tokens: \(error)",
                hint: "Run this as the daemon's user or as root.",
                cause: error
            )
        }
    }

    static func read(in folder: String) throws(FileError) -> DevelopmentKey {
        let path = folder + "/" + fileName
        let file = try SmallFile.read(path, limit: 4096)
        let owners = try [0, geteuid()] + (geteuid() == 0 ? [FileTree.owner(of: folder).user] : [])
        guard file.permissions & 0o077 == 0, owners.contains(file.owner) else {
            throw FileError(EPERM, "use \"\(path)\", which other users can read or replace")
        }
        guard let key = DevelopmentKey(file.bytes) else { throw FileError(EBADMSG, "read the key in \"\(path)\"") }
        return key
    }

    init?(_ bytes: [UInt8]) {
        guard let key = try? EdDSA.PrivateKey(pem: String(decoding: bytes, as: UTF8.self)) else { return nil }
        self.key = key
    }

    /// Makes a file that appears complete or not at all. Of several processes that do this at once, the first one wins.
    private static func make(at path: String, in folder: String) throws(FileError) {
        try FileTree.makeFolder(folder)
        let temporary = "\(path).\(Identifier<Self>.random())"
        let file = try OpenFile(temporary, .creating)
        defer { try? FileTree.removeFile(temporary) }
        let key = EdDSA.PrivateKey(backing: Curve25519.Signing.PrivateKey())
        try file.write(Array(key.pemRepresentation.utf8))
        try file.setOwner(try FileTree.owner(of: folder))
        try file.synchronise()
        do {
            try FileTree.link(temporary, to: path)
            try OpenFile(folder, .folder).synchronise()
        } catch  where error.alreadyExists {
            return
        }
    }

    /// The name of the key with this public part: its hash (RFC 7638).
    static func id(of x: [UInt8]) -> String {
        let members = #"{"crv":"Ed25519","kty":"OKP","x":"\#(Base64URL.encode(x))"}"#
        return Base64URL.encode(Array(SHA256.hash(data: Array(members.utf8))))
    }

    var publicBytes: [UInt8] { Array(key.publicKey.rawRepresentation) }

    /// A token that lives from `now` for `life`.
    ///
    /// - Parameters:
    ///   - user: The user; nil for a token of the service itself.
    ///   - service: The service that the token is given to.
    package func token(
        tenant: String,
        user: String?,
        service: String,
        scopes: [Scope],
        life: Duration,
        now: Instant
    ) async throws -> String {
        let seconds = now.microseconds / 1_000_000
        let payload = Payload(
            iss: Self.issuer,
            aud: Self.audience,
            sub: service,
            user: user,
            tenant: tenant,
            scopes: scopes.map(\.rawValue),
            iat: seconds,
            exp: seconds + life.components.seconds,
            jti: "\(Identifier<Self>.random())"
        )
        let id = JWKIdentifier(string: Self.id(of: publicBytes))
        return try await JWTKeyCollection().add(eddsa: key, kid: id).sign(payload, kid: id)
    }

    private struct Payload: JWTPayload {
        var iss, aud, sub: String
        var user: String?
        var tenant: String
        var scopes: [String]
        var iat, exp: Int64
        var jti: String

        /// We check tokens ourselves.
        func verify(using _: some JWTAlgorithm) {}
    }
}

/// The file with the key for development. A key that is made or replaced while the daemon runs counts at once.
struct DevelopmentKeyFile: KeySource {
    let folder: String
    var pace = KeyPace.file

    var name: String { folder + "/" + DevelopmentKey.fileName }

    func read() async throws(PackagingError) -> [UInt8] {
        try await onFileThread { () throws(FileError) in
            try DevelopmentKey.read(in: folder).publicBytes
        }
    }

    func keys(in bytes: [UInt8]) async throws(JSONFault) -> (set: KeySet, skipped: [String]) {
        do {
            let id = DevelopmentKey.id(of: bytes)
            return (KeySet(keys: [try await TokenKey(PublicKey(id: id, .ed25519(x: bytes)))]), [])
        } catch {
            throw JSONFault("holds no key")
        }
    }
}
