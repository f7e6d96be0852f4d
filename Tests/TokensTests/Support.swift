import Crypto
import CryptoExtras
import Foundation
import JWTKit
import Logging
import Model
import Processes
import Synchronization
import TestSupport
import Testing

@testable import Tokens

let issuer = "https://login.example.com/"
let audience = "khipu-packaging"
/// The time of most tests.
let noon = Instant(microseconds: 1_790_000_000_000_000)

/// A key of a test's issuer, with which it signs whatever it is told to.
struct IssuerKey: Sendable {
    let id: String?
    let algorithm: String
    /// The key as its set publishes it.
    let published: String
    private let signer: any JWTAlgorithm

    static func ed25519(_ id: String? = "ed") async throws -> IssuerKey {
        let key = Curve25519.Signing.PrivateKey()
        let x = Base64URL.encode(Array(key.publicKey.rawRepresentation))
        let keys = await JWTKeyCollection().add(eddsa: EdDSA.PrivateKey(backing: key))
        return IssuerKey(
            id: id,
            algorithm: "EdDSA",
            published: #"{\#(member(id))"kty":"OKP","crv":"Ed25519","x":"\#(x)"}"#,
            signer: try await keys.getKey()
        )
    }

    static func es256(_ id: String? = "ec") async throws -> IssuerKey {
        let key = P256.Signing.PrivateKey()
        let bytes = Array(key.publicKey.x963Representation)
        let (x, y) = (Base64URL.encode(bytes[1..<33]), Base64URL.encode(bytes[33...]))
        let keys = await JWTKeyCollection().add(ecdsa: try ES256PrivateKey(backing: key))
        return IssuerKey(
            id: id,
            algorithm: "ES256",
            published: #"{\#(member(id))"kty":"EC","crv":"P-256","x":"\#(x)","y":"\#(y)","use":"sig"}"#,
            signer: try await keys.getKey()
        )
    }

    static func rs256(_ id: String? = "rsa") async throws -> IssuerKey {
        let key = try Insecure.RSA.PrivateKey(backing: _RSA.Signing.PrivateKey(keySize: .bits2048))
        let numbers = try key.publicKey.getKeyPrimitives()
        let (n, e) = (Base64URL.encode(Array(numbers.modulus)), Base64URL.encode(Array(numbers.publicExponent)))
        let keys = await JWTKeyCollection().add(rsa: key, digestAlgorithm: .sha256)
        return IssuerKey(
            id: id,
            algorithm: "RS256",
            published: #"{\#(member(id))"kty":"RSA","n":"\#(n)","e":"\#(e)","alg":"RS256"}"#,
            signer: try await keys.getKey()
        )
    }

    static func hs256(_ secret: [UInt8]) async throws -> IssuerKey {
        let keys = await JWTKeyCollection().add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
        return IssuerKey(id: nil, algorithm: "HS256", published: "", signer: try await keys.getKey())
    }

    private static func member(_ id: String?) -> String { id.map { #""kid":"\#($0)","# } ?? "" }

    /// The header that belongs to the key.
    var header: [String: Any] {
        var header: [String: Any] = ["alg": algorithm, "typ": "JWT"]
        header["kid"] = id
        return header
    }

    /// Signs a header and claims, which need not be right.
    func sign(_ claims: [String: Any], header: [String: Any]? = nil) throws -> String {
        let parts = try [header ?? self.header, claims].map { try JSONSerialization.data(withJSONObject: $0) }
        return try sign(texts: parts.map { String(decoding: $0, as: UTF8.self) })
    }

    /// Signs the texts of a header and of claims, which need not be JSON.
    func sign(texts: [String]) throws -> String {
        let signed = texts.map { Base64URL.encode(Array($0.utf8)) }.joined(separator: ".")
        return try signed + "." + Base64URL.encode(signer.sign(Array(signed.utf8)))
    }

    /// A right token.
    func token(_ changes: [String: Any] = [:]) throws -> String { try sign(claims(changes)) }
}

/// Claims of a right token at ``noon``, with changes; `NSNull` takes a claim away.
func claims(_ changes: [String: Any] = [:]) -> [String: Any] {
    let seconds = Int(noon.microseconds / 1_000_000)
    var claims: [String: Any] = [
        "iss": issuer, "aud": audience, "sub": "importer", "tenant": "acme", "iat": seconds - 100,
        "exp": seconds + 3600,
        "scopes": ["read", "package"], "jti": "token-1",
    ]
    claims.merge(changes) { $1 }
    return claims.filter { !($0.value is NSNull) }
}

/// A key set with these keys.
func keySet(_ keys: [IssuerKey]) -> [UInt8] {
    Array(#"{"keys":[\#(keys.map(\.published).joined(separator: ","))]}"#.utf8)
}

/// A place with keys that a test changes, and that counts how often it is read.
final class FakeSource: KeySource {
    private struct State {
        var bytes: [UInt8]
        var failure: PackagingError?
        var reads = 0
        var gate: TestEvent<Void>?
    }

    let name = "the test's keys"
    let pace: KeyPace
    private let state: Mutex<State>
    /// Is told of each read.
    let read = TestEvent<Void>()

    init(_ bytes: [UInt8], pace: KeyPace = .url) {
        state = Mutex(State(bytes: bytes))
        self.pace = pace
    }

    var reads: Int { state.withLock { $0.reads } }

    func set(_ bytes: [UInt8]) { state.withLock { $0.bytes = bytes } }
    func fail(_ failure: PackagingError?) { state.withLock { $0.failure = failure } }

    func read() async throws(PackagingError) -> [UInt8] {
        let (bytes, failure) = state.withLock { state in
            state.reads += 1
            return (state.bytes, state.failure)
        }
        if let failure { throw failure }
        return bytes
    }
}

/// A clock of the day that a test moves.
final class DayClock: Sendable {
    private let state: Mutex<Instant>

    init(_ now: Instant = noon) { state = Mutex(now) }

    var now: Instant { state.withLock { $0 } }
    func advance(by duration: Duration) { state.withLock { $0 = $0 + duration } }
}

func verifier(
    _ source: (any KeySource)?,
    secret: [UInt8]? = nil,
    clock: any Clock<Duration> = ContinuousClock(),
    day: DayClock = DayClock(),
    log: LogRecorder = LogRecorder()
) async throws -> TokenVerifier {
    let trust = TokenTrust(issuer: issuer, audience: audience, keys: nil, secret: secret)
    return try await TokenVerifier(
        trust,
        source: source,
        clock: clock,
        logger: Logger(label: "test") { _ in log },
        now: { day.now }
    )
}

/// The tenant of a token, which must be taken.
func tenant(_ verifier: TokenVerifier, _ token: String) async throws -> String {
    try await verifier.verify(token).tenant
}

/// The error of a token, which must be refused.
func refusal(_ verifier: TokenVerifier, _ token: String) async throws -> PackagingError {
    do throws(PackagingError) {
        _ = try await verifier.verify(token)
    } catch {
        return error
    }
    throw Accepted(token: token)
}

struct Accepted: Error { var token: String }

/// Runs the verifier beside `body`.
func running(_ verifier: TokenVerifier, _ body: () async throws -> Void) async throws {
    let task = Task { await verifier.run() }
    defer { task.cancel() }
    try await body()
    task.cancel()
    await task.value
}

/// A value that several tasks change.
final class Shared<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    init(_ value: Value) { state = Mutex(value) }

    var value: Value { state.withLock { $0 } }
    func change(_ body: (inout Value) -> Void) { state.withLock { body(&$0) } }
}

/// Returns when `condition` holds, and throws if that takes a minute.
func until(_ what: String, _ condition: @escaping @Sendable () async throws -> Bool) async throws {
    try await withTimeLimit(what, within: .seconds(60)) {
        while try await !condition() { try await Task.sleep(for: .milliseconds(5)) }
    }
}

/// Programs that a test starts. Our own launcher starts them: it waits without a thread, and passes on no open file.
enum Tool {
    private static let launcher = Result { try Launcher() }

    static func run(_ arguments: [String]) async throws {
        let child = try await launcher.get().launch(
            ChildSpecification(
                executable: "/usr/bin/env",
                arguments: arguments,
                environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"],
                noNewPrivileges: false
            )
        )
        let status = await child.wait()
        try #require(status == .exited(0), "\(arguments)")
    }
}
