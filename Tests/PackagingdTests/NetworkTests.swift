import Foundation
import Logging
import Model
import TTRPC
import TestSupport
import Testing

@testable import packagingd

@Suite("Settings of the network")
struct NetworkTests {
    private let certificates: TestCertificates

    init() throws { certificates = try TestCertificates.shared.get() }

    private func withBench(_ text: String, _ body: (inout ConfigurationBench) throws -> Void) throws {
        let folder = TemporaryFolder("network")
        defer { folder.remove() }
        var bench = ConfigurationBench(folder)
        try bench.write(text)
        try body(&bench)
    }

    private func mistakes(_ text: String) throws -> [String] {
        var found: [String] = []
        try withBench(text) { found = try $0.mistakes() }
        return found
    }

    @Test("TCP needs a certificate with its key, or loopback on purpose, and each thing that is missing is named")
    func missing() throws {
        let (pair, ca) = (certificates.server, certificates.ca)
        let cases: [(String, [String])] = [
            (
                "listen: tcp://0.0.0.0:7443",
                [
                    "1: listen: \"tcp://0.0.0.0:7443\" needs tls-certificate and tls-key, or on loopback "
                        + "insecure-loopback"
                ]
            ),
            (
                "listen: tcp://127.0.0.1:7443",
                [
                    "1: listen: \"tcp://127.0.0.1:7443\" needs tls-certificate and tls-key, or on loopback "
                        + "insecure-loopback"
                ]
            ),
            (
                "listen: [tcp://0.0.0.0:1, tcp://127.0.0.1:1]\ninsecure-loopback: true",
                [
                    "1: listen: \"tcp://0.0.0.0:1\" is not only loopback, and without TLS everybody on the network could "
                        + "listen in"
                ]
            ),
            (
                "listen: tcp://no-such-host.invalid:1\ninsecure-loopback: true",
                ["1: listen: cannot resolve \"no-such-host.invalid\": "]
            ),
            ("tls-certificate: \(pair.certificate)", ["1: tls-certificate: its key is missing; name it with tls-key"]),
            (
                "tls-key: \(pair.key)",
                ["1: tls-key: there is no certificate that it could be for; name it with tls-certificate"]
            ),
            (
                "tls-client-ca: \(ca)",
                ["1: tls-client-ca: callers show certificates only over TLS; name a tls-certificate"]
            ),
            (
                "tls-certificate: \(pair.certificate)\ntls-key: \(pair.key)\ninsecure-loopback: true",
                ["3: insecure-loopback: all of TCP speaks TLS where there is a tls-certificate; choose one"]
            ),
        ]
        for (text, expected) in cases {
            let found = try mistakes(text)
            #expect(found.count == expected.count, "\(text): \(found)")
            for (mistake, start) in zip(found, expected) { #expect(mistake.hasPrefix(start), "\(text)") }
        }
    }

    @Test("files of certificates that cannot be used are named, with what is wrong")
    func files() throws {
        let (pair, other) = (certificates.server, certificates.newServer)
        let folder = TemporaryFolder("keys")
        defer { folder.remove() }
        let open = folder.file("open.key")
        try FileManager.default.copyItem(atPath: pair.key, toPath: open)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: open)
        let cases: [(String, String, String?, String)] = [
            (
                pair.certificate, other.key, nil,
                "2: tls-key: the key in \"\(other.key)\" is not that of the certificate in"
            ),
            (pair.key, pair.key, nil, "\"\(pair.key)\" contains no certificate in PEM form"),
            (pair.certificate, pair.certificate, nil, "\"\(pair.certificate)\""),
            ("/nowhere.pem", pair.key, nil, "1: tls-certificate: could not read \"/nowhere.pem\""),
            (pair.certificate, open, nil, "2: tls-key: \"\(open)\" can be read or written by other users (mode 644)"),
            (pair.certificate, pair.key, "/tmp", "3: tls-client-ca: \"/tmp\" is a folder; expected a file"),
            (
                pair.certificate, pair.key, pair.key,
                "3: tls-client-ca: \"\(pair.key)\" contains no certificate in PEM form"
            ),
        ]
        for (certificate, key, authority, expected) in cases {
            let text =
                "tls-certificate: \(certificate)\ntls-key: \(key)\n"
                + (authority.map { "tls-client-ca: \($0)\n" } ?? "")
            let found = try mistakes(text)
            #expect(found.count == 1 && found[0].contains(expected), "\(text): \(found)")
        }
    }

    @Test("a certificate that has ended, or ends soon, is a warning")
    func ends() throws {
        for (pair, start) in [
            (certificates.expired, "the certificate ended at "), (certificates.endsSoon, "the certificate ends at "),
        ] {
            try withBench("listen: tcp://0.0.0.0:0\ntls-certificate: \(pair.certificate)\ntls-key: \(pair.key)") {
                bench in
                let warnings = try bench.load().warnings
                #expect(warnings.count == 1 && warnings[0].contains(start), "\(warnings)")
            }
        }
        let pair = certificates.server
        try withBench("listen: tcp://0.0.0.0:0\ntls-certificate: \(pair.certificate)\ntls-key: \(pair.key)") { bench in
            let warnings = try bench.load().warnings
            #expect(warnings == [])
        }
    }

    @Test(
        "peers and groups are read, and others refused",
        arguments: [
            ("gateway-peers: [uid:7, 192.0.2.1, \"2001:db8::1\"]", nil),
            ("gateway-peers: gateway", "1: gateway-peers: \"gateway\" is not a peer such as uid:1000 or 192.0.2.7"),
            ("gateway-peers: [uid:7, uid:7]", "1: gateway-peers: \"uid:7\" is listed twice"),
            ("socket-group: root", nil), ("socket-group: 0", nil),
            ("socket-group: no-such-group", "1: socket-group: there is no group \"no-such-group\""),
            ("max-connections: 5", "1: max-connections: 5 is not between 16 and 100000"),
        ] as [(String, String?)]
    )
    func others(_ text: String, _ expected: String?) throws {
        let found = try mistakes(text)
        #expect(found == (expected.map { [$0] } ?? []))
    }

    @Test("flags and variables hold lists of addresses of both kinds")
    func lists() throws {
        try withBench("") { bench in
            bench.flags = ["--listen", "unix:/a", "--listen", "tcp://[::1]:0", "--insecure-loopback"]
            let listeners = try bench.load().listeners.map { "\($0)" }
            #expect(listeners == ["unix:/a", "tcp://[::1]:0"])
            #expect(try bench.load().sockets == ["/a"])
        }
        try withBench("insecure-loopback: true") { bench in
            bench.environment["PACKAGINGD_LISTEN"] = "tcp://localhost:1, unix:/b"
            bench.environment["PACKAGINGD_GATEWAY_PEERS"] = "uid:1,192.0.2.1"
            let configuration = try bench.load()
            #expect(configuration.listeners.map { "\($0)" } == ["tcp://localhost:1", "unix:/b"])
            #expect(configuration.serverLimits.gateways.count == 2)
        }
    }

    @Test("a folder that a group cannot enter is found, wherever it stands on the way")
    func closedFolder() throws {
        let folder = TemporaryFolder("group")
        defer { folder.remove() }
        let path = folder.file("inner/socket")
        try FileManager.default.createDirectory(atPath: folder.file("inner"), withIntermediateDirectories: false)
        func closed(_ outer: Int, _ inner: Int) throws -> String? {
            try FileManager.default.setAttributes([.posixPermissions: inner], ofItemAtPath: folder.file("inner"))
            try FileManager.default.setAttributes([.posixPermissions: outer], ofItemAtPath: folder.path)
            return SocketGroup.closedFolder(on: path, to: 54_321)
        }
        #expect(try closed(0o711, 0o711) == nil)
        #expect(try closed(0o711, 0o700) == folder.file("inner"))
        #expect(try closed(0o700, 0o711) == folder.path)
        // The group of the folder is another one.
        #expect(try closed(0o711, 0o710) == folder.file("inner"))
        #expect(SocketGroup.closedFolder(on: path, to: getegid()) == nil)
    }

    @Test(
        "the end of a certificate is told from 14 days before it",
        arguments: [(15, nil), (14, nil), (13, "in 13 days"), (1, "in 1 day"), (0, "ended at"), (-3, "ended at")]
            as [(Int64, String?)]
    )
    func notice(_ days: Int64, _ expected: String?) {
        let now = Instant(microseconds: 1_800_000_000_000_000)
        let problem = CertificateEnd.problem(now + .seconds(days * 86_400), now: now)
        #expect(
            problem == nil ? expected == nil : expected.map { problem?.contains($0) == true } == true,
            "\(problem ?? "none")"
        )
    }
}

@Suite("The keeper of certificates")
struct CertificateKeeperTests {
    private let folder = TemporaryFolder("keeper")
    private let certificates: TestCertificates
    private let logs = LogRecorder()
    private let paths: TLSPaths

    init() throws {
        certificates = try TestCertificates.shared.get()
        paths = TLSPaths(certificate: folder.file("server.pem"), key: folder.file("server.key"))
        try put(certificates.server)
    }

    /// Puts a pair in the place of the files, as tools that renew certificates do.
    private func put(_ pair: TestCertificates.Pair) throws {
        for (from, to) in [(pair.certificate, paths.certificate), (pair.key, paths.key)] {
            try FileManager.default.copyItem(atPath: from, toPath: to + ".new")
            #expect(unsafe rename(to + ".new", to) == 0)
        }
    }

    private func messages() -> [String] { logs.lines.map(\.message) }

    @Test("new files are taken once, bad ones are named once and change nothing, and the next good ones are taken")
    func replaces() throws {
        let keeper = try CertificateKeeper(paths, logger: Logger(label: "test") { [logs] _ in logs })
        let now = SystemClock.now
        keeper.look(now: now)
        #expect(messages() == [])
        let before = keeper.certificates.notAfter
        try put(certificates.endsSoon)
        keeper.look(now: now)
        #expect(messages() == ["certificate replaced", "certificate ends"])
        #expect(keeper.certificates.notAfter < before)
        keeper.look(now: now)
        #expect(messages().count == 2)
        // A day later it is told again.
        keeper.look(now: now + .seconds(86_401))
        #expect(messages().suffix(1) == ["certificate ends"] && messages().count == 3)

        let soon = keeper.certificates.notAfter
        try put(TestCertificates.Pair(certificate: certificates.server.certificate, key: certificates.newServer.key))
        for _ in 0..<3 { keeper.look(now: now) }
        let errors = logs.lines.filter { $0.level == .error }
        #expect(errors.count == 1 && "\(errors[0].metadata)".contains(paths.key))
        #expect(keeper.certificates.notAfter == soon)
        try put(certificates.newServer)
        keeper.look(now: now)
        #expect(keeper.certificates.notAfter > soon)
    }

    @Test("SIGHUP reads the files again though nothing seems to have changed")
    func hangup() async throws {
        let keeper = try CertificateKeeper(paths, logger: Logger(label: "test") { [logs] _ in logs })
        let sources = ConfigurationSources(
            environment: ["HOME": "/home/ada"],
            file: ConfigurationFile(flag: "/dev/null", environment: [:], folder: "/"),
            folder: "/"
        )
        try await keeper.reload(sources.load())
        #expect(messages() == ["certificate replaced"])
    }
}
