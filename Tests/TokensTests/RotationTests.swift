import Foundation
import HTTP
import Model
import Synchronization
import TestSupport
import Testing

@testable import Tokens

@Suite("Keys that change under load")
struct RotationTests {
    /// The keys that an issuer uses one after another. It publishes each before it signs with it, and takes it back when
    /// its last token has ended.
    private final class Issuer: Sendable {
        private let keys: [IssuerKey]
        private let state: Mutex<State>

        private struct State {
            var signing = 0
            /// For each key, the tokens that somebody still holds.
            var living: [Int]
            var retired: Int?
        }

        init(count: Int) async throws {
            var keys: [IssuerKey] = []
            for number in 0..<count {
                keys.append(number % 2 == 0 ? try await .ed25519("key-\(number)") : try await .es256("key-\(number)"))
            }
            self.keys = keys
            state = Mutex(State(living: Array(repeating: 0, count: count)))
        }

        /// A key that the issuer took back, when nobody may trust it any more.
        var retired: IssuerKey? { state.withLock { state in state.retired.map { keys[$0] } } }
        func publish(_ range: ClosedRange<Int>) -> [UInt8] { keySet(Array(keys[range])) }
        func sign(with number: Int) { state.withLock { $0.signing = number } }
        func retire(_ number: Int) { state.withLock { $0.retired = number } }

        /// Gives `body` a token, which ends with it.
        func withToken(_ id: String, _ body: (String) async throws -> Void) async throws {
            let number = state.withLock { state in
                state.living[state.signing] += 1
                return state.signing
            }
            defer { state.withLock { $0.living[number] -= 1 } }
            try await body(keys[number].token(["jti": id]))
        }

        /// Returns when nobody holds a token of this key any more.
        func waitForEnd(ofTokensWith number: Int) async throws {
            try await until("the end of the tokens") { [self] in state.withLock { $0.living[number] } == 0 }
        }
    }

    /// Tasks that check right and wrong tokens while the keys change.
    private func underLoad(
        _ verifier: TokenVerifier,
        _ issuer: Issuer,
        rotations: Int,
        publish: @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        let isDone = Shared(false)
        let counts = Shared((right: 0, wrong: 0))
        try await withThrowingTaskGroup { group in
            for task in 0..<3 {
                group.addTask {
                    var number = 0
                    while !isDone.value, !Task.isCancelled {
                        number += 1
                        let id = "\(task)-\(number)"
                        try await issuer.withToken(id) { token in
                            // Not remembered, and remembered.
                            for _ in 0..<2 {
                                let claims = try await verifier.verify(token)
                                #expect(claims.id == id)
                            }
                        }
                        counts.change { $0.right += 2 }
                        await Task.yield()
                    }
                }
                group.addTask {
                    let thief = try await IssuerKey.ed25519("key-\(task)")
                    while !isDone.value, !Task.isCancelled {
                        for wrong in [try thief.token(), try issuer.retired?.token()].compactMap({ $0 }) {
                            let error = try await refusal(verifier, wrong)
                            #expect(error.code == .unauthenticated, "\(error)")
                            counts.change { $0.wrong += 1 }
                        }
                        await Task.yield()
                    }
                }
            }
            for next in 1...rotations {
                // The new key beside the old one. It signs at once: no daemon has seen it yet.
                try await publish(issuer.publish(next - 1...next))
                issuer.sign(with: next)
                // When the last token of the old key has ended, the key goes.
                try await issuer.waitForEnd(ofTokensWith: next - 1)
                try await publish(issuer.publish(next...next))
                try await until("the end of the old key") { verifier.keySummary?.hasPrefix("key-\(next) ") == true }
                issuer.retire(next - 1)
            }
            isDone.change { $0 = true }
            try await group.waitForAll()
        }
        let (right, wrong) = counts.value
        print("rotation: \(right) right and \(wrong) wrong tokens checked, none taken or refused wrongly")
        #expect(right > 0 && wrong > 0)
    }

    @Test("while keys change in a file, no right token is refused and no wrong one taken", .timeLimit(.minutes(5)))
    func file() async throws {
        try await withTemporaryFolder("keys") { folder in
            let path = folder.file("keys.json")
            let issuer = try await Issuer(count: 5)
            try write(issuer.publish(0...0), path)
            let verifier = try await verifier(KeyFile(path: path))
            try await running(verifier) { () async throws in
                try await underLoad(verifier, issuer, rotations: 3) { bytes in
                    try write(bytes, path)
                }
            }
        }
    }

    @Test("the same, behind a URL", .timeLimit(.minutes(5)))
    func url() async throws {
        let issuer = try await Issuer(count: 5)
        let body = Shared(issuer.publish(0...0))
        let server = LocalHTTPServer { _ in .answer(status: 200, body: body.value) }
        defer { server.stop() }
        var source = KeyURL(try HTTPAddress(server.url + "/keys.json"))
        source.pace = KeyPace(pause: .milliseconds(400), usual: .seconds(1))
        let verifier = try await verifier(source)
        try await running(verifier) { () async throws in
            try await underLoad(verifier, issuer, rotations: 4) { bytes in
                body.change { $0 = bytes }
            }
        }
        let head = try #require(server.requests.first)
        #expect(head.hasPrefix("GET /keys.json HTTP/1.1\r\n"))
    }

    @Test("keys outlast the server that they came from, and new ones come when it is back", .timeLimit(.minutes(5)))
    func serverAway() async throws {
        let (first, second) = (try await IssuerKey.ed25519("1"), try await IssuerKey.ed25519("2"))
        let server = LocalHTTPServer { _ in .answer(status: 200, body: keySet([first])) }
        var source = KeyURL(try HTTPAddress(server.url))
        source.pace = KeyPace(pause: .milliseconds(100), usual: .milliseconds(200))
        let log = LogRecorder()
        let verifier = try await verifier(source, log: log)
        try await running(verifier) { () async throws in
            server.stop()
            try await until("the outage") { log.text.contains("keys for tokens not read") }
            for _ in 0..<20 { #expect(try await verifier.verify(first.token()).tenant == "acme") }
            let error = try await refusal(verifier, second.token())
            #expect(error.reason == "TOKEN_KEYS_UNAVAILABLE")
            // An answer that is no key set changes nothing either.
            let broken = LocalHTTPServer(port: server.port) { _ in .answer(status: 500, body: keySet([])) }
            try await until("the broken answer") { log.text.contains("answered with status 500") }
            #expect(try await verifier.verify(first.token()).tenant == "acme")
            broken.stop()
            let back = LocalHTTPServer(port: server.port) { _ in .answer(status: 200, body: keySet([second])) }
            defer { back.stop() }
            try await until("the new key") { (try? await verifier.verify(second.token())) != nil }
            #expect(try await refusal(verifier, first.token()).reason == "TOKEN_KEY_UNKNOWN")
        }
    }

    private func write(_ bytes: [UInt8], _ path: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
    }
}
