import Crypto
import Foundation
import PackagingMessages
import Synchronization
import TTRPC
import TestSupport
import Testing

@testable import PackagingClient
@testable import PackctlCommands

@Suite("Tokens that are renewed, and TLS, in the Swift client")
struct RenewalTests {
    /// Gives one token after another; the last one stays.
    private final class Source: Sendable {
        private let state: Mutex<(tokens: [String], asked: Int)>

        init(_ tokens: String...) { state = Mutex((tokens, 0)) }

        var asked: Int { state.withLock { $0.asked } }

        var tokens: TokenSource {
            TokenSource {
                self.state.withLock { state in
                    state.asked += 1
                    return state.tokens.count > 1 ? state.tokens.removeFirst() : state.tokens[0]
                }
            }
        }
    }

    private static let events = (1...10).map { JobEvent(sequence: Int64($0), jobID: "j1", status: .processing) }

    private func connected<Result>(
        _ address: String,
        _ tokens: TokenSource,
        _ tls: TLSFiles = TLSFiles(),
        _ body: (PackagingClient) async throws -> Result
    ) async throws -> Result {
        try await PackagingClient.withConnection(
            to: PackagingAddress.parse(address),
            tokens: tokens,
            tls: tls,
            body
        )
    }

    @Test("a TCP address is TLS, and only loopback for which no file is named is plain")
    func rule() throws {
        let tls = { (files: ClientTLS) in ClientSecurity.tls(files) }
        let plain = [
            "unix:/run/d.sock", "tcp://127.0.0.1:1", "tcp://127.9.8.7:1", "tcp://[::1]:1", "tcp://LocalHost:1",
        ]
        for address in plain {
            #expect(TLSFiles().security(for: try PackagingAddress.parse(address)) == .plain, "\(address)")
        }
        // Names of other machines, whatever they begin with.
        for host in ["books.example", "10.0.0.7", "127.books.example", "localhost.example", "[fd00::1]", "[::]"] {
            let address = try PackagingAddress.parse("tcp://\(host):1")
            #expect(TLSFiles().security(for: address) == tls(ClientTLS()), "\(host)")
        }
        let loopback = Address.tcp(host: "127.0.0.1", port: 1)
        #expect(TLSFiles(caFile: "ca").security(for: loopback) == tls(ClientTLS(caFile: "ca")))
        #expect(TLSFiles(certificate: "c").security(for: loopback) == tls(ClientTLS(certificateFile: "c")))
        #expect(TLSFiles(caFile: "ca").security(for: .unix(path: "/d.sock")) == .plain)
        let environment = ["PACKAGING_CA_FILE": "a", "PACKAGING_CERTIFICATE": "b", "PACKAGING_KEY": ""]
        #expect(TLSFiles(environment: environment) == TLSFiles(caFile: "a", certificate: "b"))
    }

    @Test(
        "a token is used for four fifths of its time, or all but a minute, and a source without another is asked again"
    )
    func times() {
        #expect(Renewal.firstPause(remaining: .seconds(3600)) == .seconds(3540))
        #expect(Renewal.firstPause(remaining: .seconds(100)) == .seconds(80))
        #expect(Renewal.firstPause(remaining: .zero) == nil)
        #expect(Renewal.nextPause(remaining: .seconds(60)) == .seconds(15))
        #expect(Renewal.nextPause(remaining: .milliseconds(100)) == .milliseconds(500))
        #expect(Renewal.nextPause(remaining: .seconds(-1)) == nil)
        var refusals = Refusals()
        var decisions = [Duration.zero, .zero, .seconds(2)].map { refusals.mayGoOn(after: $0) }
        refusals.worked()
        decisions.append(refusals.mayGoOn(after: .zero))
        #expect(decisions == [true, false, true, true])
    }

    @Test("a watch over TLS loses no event and gives none twice, however often its token ends")
    func watch() async throws {
        let certificates = try TestCertificates.shared.get()
        let daemon = ScriptedDaemon {
            $0.events = Self.events
            $0.tokens = ["a": 3, "b": 2, "c": 4, "d": 9]
        }
        let source = Source("a", "a", "b", "c", "d")
        let lost = Mutex(0)
        try await daemon.serve(certificates.server) { address in
            #expect(address.hasPrefix("tcp://127.0.0.1:"))
            try await connected(address, source.tokens, TLSFiles(caFile: certificates.ca)) { client in
                var found: [Int64] = []
                let events = client.events(of: .jobID("j1"), onInterruption: { _ in lost.withLock { $0 += 1 } })
                for try await event in events { found.append(event.sequence) }
                #expect(found == Array(1...10))
            }
        }
        #expect(daemon[\.watchedAfter] == [0, 3, 5, 9] && lost.withLock { $0 } == 0)
        #expect(daemon[\.logins] == ["a", "a", "b", "c", "d"])
    }

    @Test("a token is renewed on the connection before it ends, and the watch goes on as if nothing was")
    func renewsEarly() async throws {
        let daemon = ScriptedDaemon {
            $0.events = Array(Self.events.prefix(2))
            $0.tokens = ["a": 99, "b": 99, "c": 99]
            $0.tokenSeconds = 0.3
            $0.pauses = [1]
        }
        // "a" is asked for by the shared connection and the watch's.
        let source = Source("a", "a", "b", "c")
        try await daemon.serve { address in
            try await connected(address, source.tokens) { client in
                var found: [Int64] = []
                for try await event in client.events(of: .jobID("j1")) {
                    found.append(event.sequence)
                    if event.sequence == 1 {
                        // The daemon sends no more until the watch's token was renewed twice.
                        while !daemon[\.logins].contains("c") { try await Task.sleep(for: .milliseconds(10)) }
                        daemon.goOn()
                    }
                }
                #expect(found == [1, 2])
            }
        }
        #expect(daemon[\.watchedAfter] == [0])
    }

    @Test("a download goes on at its byte when its token ends, and an upload is sent again")
    func bytes() async throws {
        let bytes = [UInt8](repeating: 7, count: 12_345)
        let daemon = ScriptedDaemon {
            $0.bytes = bytes
            $0.tokens = ["a": 3, "b": 5, "c": 99]
        }
        let source = Source("a", "a", "b", "c", "d", "e")
        try await daemon.serve { address in
            try await withFolder { folder in
                try await connected(address, source.tokens) { client in
                    let file = folder + "/p.zip"
                    _ = try await client.download("p1", to: file, verifying: SHA256Function.self)
                    #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == Data(bytes))
                    #expect(daemon[\.downloadedFrom] == [0, 3000, 8000])
                    daemon.change { $0.tokens = ["c": 0, "d": 9] }
                    let header = PutAudioHeader(
                        project: "p1",
                        sha256: ScriptedDaemon.sha256(bytes),
                        sizeBytes: Int64(bytes.count)
                    )
                    #expect(try await client.putAudio(Upload(header, path: file)).segments == 1)
                    #expect(daemon[\.logins].last == "d")
                }
            }
        }
    }

    @Test("a call that is refused is made once more with another token, and calls that are refused together renew once")
    func calls() async throws {
        let daemon = ScriptedDaemon { $0.tokens = ["a": 1, "b": 99] }
        let source = Source("a", "b")
        try await daemon.serve { address in
            try await connected(address, source.tokens) { client in
                _ = try await client.listJobs(ListJobsRequest(project: "p"))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<20 { group.addTask { _ = try await client.listJobs(ListJobsRequest(project: "p")) } }
                    try await group.waitForAll()
                }
            }
        }
        #expect(daemon[\.logins] == ["a", "b"] && source.asked == 2)
    }

    @Test("a source without a good token is not asked for ever, and a token that stays is not replaced")
    func ends() async throws {
        let daemon = ScriptedDaemon {
            $0.events = Self.events
            $0.tokens = ["a": 1]
        }
        try await daemon.serve { address in
            for tokens in [Source("a", "refused").tokens, Source("a").tokens, .fixed("a")] {
                daemon.change {
                    $0.tokens = ["a": 1]
                    $0.logins = []
                }
                try await connected(address, tokens) { client in
                    _ = try await client.listJobs(ListJobsRequest(project: "p"))
                    await #expect { try await client.listJobs(ListJobsRequest(project: "p")) } throws: {
                        ($0 as? PackagingError)?.code == .unauthenticated
                    }
                    await #expect {
                        for try await _ in client.events(of: .jobID("j1")) {}
                    } throws: { ($0 as? PackagingError)?.code == .unauthenticated }
                }
                #expect(daemon[\.logins].count <= 4)
            }
        }
    }

    @Test("packctl watches on when another program renews the token in its file")
    func file() async throws {
        let daemon = ScriptedDaemon {
            $0.events = Self.events
            $0.tokens = ["a": 4, "b": 9]
            $0.pauses = [2]
        }
        try await daemon.serve { address in
            try await withFolder(["token": "a\n"]) { folder in
                let file = folder + "/token"
                unsafe chmod(file, 0o600)
                async let outcome = packctl("watch", "j1", "--token-file", file, "--address", address, "--json")
                while daemon[\.watchedAfter].isEmpty { try await Task.sleep(for: .milliseconds(10)) }
                try Data("b\n".utf8).write(to: URL(fileURLWithPath: file))
                daemon.goOn()
                let ended = await outcome
                let sequences = ended.out.split(separator: "\n").compactMap {
                    $0.firstMatch(of: #/"sequence":(\d+)/#)?.1
                }
                #expect(sequences.compactMap { Int($0) } == Array(1...10), "\(ended.err)")
            }
        }
        #expect(daemon[\.logins].last == "b")
    }
}
