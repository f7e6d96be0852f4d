import Foundation
import Logging
import Model
import Synchronization
import TestSupport
import Testing

@testable import Tokens

@Suite("Keys that change")
struct KeysTests {
    @Test("a flood of unknown keys causes one look for each pause, and callers with known keys never wait for it")
    func flood() async throws {
        let key = try await IssuerKey.ed25519()
        let source = FakeSource(keySet([key]))
        let clock = ManualClock()
        let verifier = try await verifier(source, clock: clock)
        #expect(source.reads == 1)
        try await running(verifier) { () async throws in
            await clock.waitForSleepers()
            try await withThrowingTaskGroup { group in
                for number in 0..<500 {
                    let stranger = try await IssuerKey.ed25519("stranger-\(number)")
                    let token = try stranger.token()
                    group.addTask { try await refusal(verifier, token) }
                }
                // The clock stands still: whoever waits, waits for ever.
                for _ in 0..<100 { #expect(try await tenant(verifier, key.token()) == "acme") }
                #expect(source.reads == 1)
                try await until("all to wait") { verifier.waiting == 500 }
                clock.advance(by: .seconds(10))
                for try await error in group { #expect(error.reason == "TOKEN_KEY_UNKNOWN") }
            }
            #expect(source.reads == 2)
        }
    }

    @Test("too many callers with unknown keys are sent away, and may try again")
    func tooMany() async throws {
        let key = try await IssuerKey.ed25519()
        let clock = ManualClock()
        let verifier = try await verifier(FakeSource(keySet([key])), clock: clock)
        let stranger = try await IssuerKey.ed25519("stranger")
        let token = try stranger.token()
        try await running(verifier) { () async throws in
            await clock.waitForSleepers()
            let refused = TestEvent<PackagingError>()
            let waiting = (0...1000).map { _ in
                Task {
                    let error = try await refusal(verifier, token)
                    refused.happen(error)
                }
            }
            let error = try await refused.wait("the first refusal")
            #expect(error.code == .unavailable)
            #expect(error.reason == "TOKEN_KEYS_UNAVAILABLE")
            #expect(error.retryAfter == .seconds(10))
            for task in waiting { task.cancel() }
            for task in waiting { try await task.value }
        }
    }

    @Test("a new key counts as soon as one may look, an old one goes with the first look without it, at once")
    func rotation() async throws {
        let (first, second) = (try await IssuerKey.ed25519("1"), try await IssuerKey.es256("2"))
        let source = FakeSource(keySet([first]))
        let clock = ManualClock()
        let verifier = try await verifier(source, clock: clock)
        let (old, new) = (try first.token(), try second.token())
        #expect(try await tenant(verifier, old) == "acme")
        try await running(verifier) { () async throws in
            await clock.waitForSleepers()
            source.set(keySet([first, second]))
            let early = Task { try await tenant(verifier, new) }
            try await until("the question") { verifier.waiting == 1 }
            clock.advance(by: .seconds(10))
            #expect(try await early.value == "acme")
            #expect(try await tenant(verifier, old) == "acme")
            // Now without the first. Nobody asks for a key, so that the usual look finds it out.
            source.set(keySet([second]))
            await clock.waitForSleepers()
            clock.advance(by: .seconds(10))
            await clock.waitForSleepers()
            clock.advance(by: .seconds(330))
            await clock.waitForSleepers()
            #expect(source.reads == 3)
            #expect(try await refusal(verifier, old).reason == "TOKEN_KEY_UNKNOWN")
            #expect(try await tenant(verifier, new) == "acme")
        }
    }

    @Test("a key that is replaced under its name takes its tokens with it, also those that are remembered")
    func replaced() async throws {
        let (first, second) = (try await IssuerKey.ed25519("1"), try await IssuerKey.ed25519("1"))
        let source = FakeSource(keySet([first]), pace: .file)
        let clock = ManualClock()
        let verifier = try await verifier(source, clock: clock)
        let old = try first.token()
        #expect(try await tenant(verifier, old) == "acme")
        source.set(keySet([second]))
        try await running(verifier) { () async throws in
            await clock.waitForSleepers()
            clock.advance(by: .seconds(2))
            try await until("the look") { source.reads == 2 }
            await clock.waitForSleepers()
            #expect(try await refusal(verifier, old).message.contains("a wrong signature"))
            #expect(try await tenant(verifier, second.token()) == "acme")
        }
    }

    @Test("while the keys cannot be read, those that are known count, and an unknown one is an outage and no refusal")
    func outage() async throws {
        let (key, stranger) = (try await IssuerKey.ed25519("1"), try await IssuerKey.ed25519("2"))
        let source = FakeSource(keySet([key]))
        let clock = ManualClock()
        let log = LogRecorder()
        let verifier = try await verifier(source, clock: clock, log: log)
        source.fail(PackagingError(.unavailable, "away"))
        try await running(verifier) { () async throws in
            for _ in 0..<5 {
                await clock.waitForSleepers()
                let token = try stranger.token()
                let asking = Task { try await refusal(verifier, token) }
                try await until("the question") { verifier.waiting == 1 }
                clock.advance(by: .seconds(10))
                let error = try await asking.value
                #expect(error.code == .unavailable)
                #expect(error.reason == "TOKEN_KEYS_UNAVAILABLE")
                #expect(try await tenant(verifier, key.token()) == "acme")
            }
            #expect(log.lines.filter { $0.level == .error }.count == 1, "\(log.text)")
            // Keys that are no keys are an outage as well.
            source.fail(nil)
            source.set(Array("<html>".utf8))
            await clock.waitForSleepers()
            clock.advance(by: .seconds(10))
            try await until("the error") { log.lines.filter { $0.level == .error }.count == 2 }
            #expect(log.text.contains("is not JSON"))
            #expect(try await tenant(verifier, key.token()) == "acme")
            source.set(keySet([stranger]))
            await clock.waitForSleepers()
            let asking = Task { try await tenant(verifier, stranger.token()) }
            try await until("the question") { verifier.waiting == 1 }
            clock.advance(by: .seconds(10))
            #expect(try await asking.value == "acme")
            #expect(try await refusal(verifier, key.token()).reason == "TOKEN_KEY_UNKNOWN")
        }
    }

    @Test("a verifier that has had no keys yet says so, and takes tokens once it has")
    func late() async throws {
        let key = try await IssuerKey.ed25519()
        let source = FakeSource(keySet([key]))
        source.fail(PackagingError(.unavailable, "away"))
        let clock = ManualClock()
        let verifier = try await verifier(source, clock: clock)
        #expect(verifier.keySummary == nil)
        let token = try key.token()
        try await running(verifier) { () async throws in
            await clock.waitForSleepers()
            let early = Task { try await refusal(verifier, token) }
            try await until("the question") { verifier.waiting == 1 }
            clock.advance(by: .seconds(10))
            let error = try await early.value
            #expect(error.code == .unavailable)
            #expect(error.reason == "TOKEN_KEYS_UNAVAILABLE")
            source.fail(nil)
            await clock.waitForSleepers()
            let later = Task { try await tenant(verifier, token) }
            try await until("the question") { verifier.waiting == 1 }
            clock.advance(by: .seconds(10))
            #expect(try await later.value == "acme")
            #expect(verifier.keySummary == "ed (EdDSA)")
        }
    }

    @Test("a token without the name of its key counts only if one key can be meant")
    func unnamed() async throws {
        let (one, two) = (try await IssuerKey.ed25519(nil), try await IssuerKey.ed25519("2"))
        let other = try await IssuerKey.es256("3")
        let alone = try await verifier(FakeSource(keySet([one, other])))
        #expect(try await tenant(alone, one.token()) == "acme")
        let both = try await verifier(FakeSource(keySet([one, two, other])))
        let error = try await refusal(both, one.token())
        #expect(error.reason == "TOKEN_KEY_UNKNOWN")
        #expect(error.message.contains("several could be meant"))
        #expect(try await tenant(both, two.token()) == "acme")
    }

    @Test("a key set names what it skips, and keeps the rest")
    func skipped() async throws {
        let (key, rsa) = (try await IssuerKey.ed25519("good"), try await IssuerKey.rs256("rsa"))
        let bits = Base64URL.encode([0x80] + [UInt8](repeating: 1, count: 127))
        let point = Base64URL.encode([UInt8](repeating: 1, count: 32))
        let log = LogRecorder()
        let bad = [
            #"7"#, #"{}"#, #"{"kty":"oct","k":"AAAA"}"#, #"{"kty":"OKP","crv":"Ed448","x":"AAAA"}"#,
            #"{"kty":"OKP","crv":"X25519","x":"\#(point)"}"#, #"{"kty":"OKP","crv":"Ed25519","x":"AAAA"}"#,
            #"{"kty":"OKP","crv":"Ed25519","x":"\#(point)","d":"\#(point)"}"#,
            #"{"kty":"OKP","crv":"Ed25519","x":"\#(point)","kid":""}"#,
            #"{"kty":"OKP","crv":"Ed25519","x":"\#(point)","use":"enc"}"#,
            #"{"kty":"OKP","crv":"Ed25519","x":"\#(point)","key_ops":["sign"]}"#,
            #"{"kty":"OKP","crv":"Ed25519","x":"\#(point)","alg":"HS256"}"#,
            #"{"kty":"OKP","crv":"Ed25519","x":"\#(point)","kid":"good"}"#,
            #"{"kty":"EC","crv":"P-384","x":"\#(point)","y":"\#(point)"}"#,
            #"{"kty":"EC","crv":"P-256","x":"\#(point)","y":"\#(point)"}"#,
            #"{"kty":"RSA","n":"\#(bits)","e":"AQAB"}"#, #"{"kty":"RSA","n":"\#(bits)"}"#,
            rsa.published.replacingOccurrences(of: "RS256", with: "PS256"),
        ]
        let text = #"{"keys":[\#(key.published),\#(bad.joined(separator: ",")),\#(rsa.published)],"other":1}"#
        let source = FakeSource(Array(text.utf8))
        let verifier = try await verifier(source, log: log)
        #expect(verifier.keySummary == "good (EdDSA), rsa (RS256)")
        let warnings = log.lines.filter { $0.level == .warning }
        #expect(warnings.count == bad.count, "\(log.text)")
        for words in [
            "is not a JSON object", "is a secret", "another curve than Ed25519", "of 3 bytes, not 32", "private part",
            "not for signatures", "not for checking", "another algorithm", "id of an earlier key", "than P-256",
            "no ES256 key", "has 1024 bits",
        ] { #expect(log.text.contains(words), "\(words): \(log.text)") }
        #expect(try await tenant(verifier, rsa.token()) == "acme")
    }

    @Test(
        "what is no key set is refused as a whole",
        arguments: [
            "", "[]", #"{"keys":{}}"#, #"{"keys":[],"keys":[]}"#, "-----BEGIN PUBLIC KEY-----",
            #"{"keys":[\#(String(repeating: "{},", count: 100)){}]}"#,
        ]
    )
    func noKeySet(_ text: String) {
        #expect(throws: JSONFault.self) { try KeySetDocument(Array(text.utf8)) }
        #expect(KeyLocation.problem(inKeySet: Array(text.utf8)) != nil)
    }

    @Test("a key set of more than a MiB is not read")
    func largeKeySet() {
        let text = #"{"keys":[]\#(String(repeating: " ", count: 1 << 20))}"#
        #expect(throws: JSONFault("has more than 1048576 bytes")) { try KeySetDocument(Array(text.utf8)) }
    }
}
