import Foundation
import Glibc
import Model
import PackagingClient
import PackagingMessages
import Protobuf
import TTRPC
import TestSupport
import Testing

@Suite("A daemon on the network")
struct NetworkTests {
    private let certificates: TestCertificates

    init() throws { certificates = try TestCertificates.shared.get() }

    /// The TCP addresses in the line "listening" of a daemon's log.
    private func addresses(_ log: String) -> [Address] {
        let line = log.split(separator: "\n").first { $0.contains(" listening ") } ?? ""
        return line.matches(of: #/tcp://[0-9a-z.]+:[0-9]+/#).compactMap { Address(String($0.output)) }
    }

    private func health(_ address: Address, _ security: ClientSecurity) async throws -> HealthCheckResponse {
        let connection = try await RPCConnection.connect(to: address, security: security)
        do {
            let reply = try await connection.unary(HealthMethods.check, HealthCheckRequest(), timeout: .seconds(60))
            await connection.close()
            return reply
        } catch {
            await connection.close()
            throw error
        }
    }

    private func tls(_ pair: TestCertificates.Pair) -> [String] {
        ["--tls-certificate", pair.certificate, "--tls-key", pair.key]
    }

    @Test(
        "it listens with TLS beside its socket, its health is told without a token, and check-tls finds nothing to blame"
    )
    func listens() async throws {
        try await withFolder { folder in
            let daemon = try await Daemon.start(
                state: folder + "/state",
                arguments: ["--listen", "tcp://127.0.0.1:0", "--listen", "tcp://localhost:0"]
                    + tls(certificates.server) + ["--tls-client-ca", certificates.ca]
            )
            let open = addresses(daemon.log)
            try #require(open.count == 2)
            for address in open {
                let reply = try await health(address, .tls(ClientTLS(caFile: certificates.ca)))
                #expect(reply.status == .serving)
            }
            guard case .tcp(let host, let port) = open[0] else { return }
            let check = try await Program.run(
                Program.repository + "/scripts/check-tls",
                ["\(host):\(port)", "--ca", certificates.ca, "--client-certificates", "asked"]
            )
            #expect(check.status == 0, "\(check.output)\(check.errors)")
            #expect(!check.output.contains("FAILED") && check.output.contains("ok      TLS 1.2 is refused"))
            let doctor = try await Program.run(
                Program.built("packagingd"),
                ["doctor", "--state-dir", folder + "/state", "--listen", "\(open[0])"] + tls(certificates.endsSoon)
            )
            #expect(doctor.output.contains("somebody listens at \"\(open[0])\""), "\(doctor.output)")
            #expect(doctor.output.contains("the certificate ends at"))
            // What it looks for can be missing.
            let other = try await Program.run(
                Program.repository + "/scripts/check-tls",
                ["\(host):\(port)", "--ca", certificates.otherCA, "--client-certificates", "none"]
            )
            #expect(other.status == 1 && other.output.contains("FAILED  client certificates: asked, not none"))
            #expect(other.output.contains("FAILED  the certificate does not verify"))
            try await daemon.stop()
        }
    }

    @Test("it takes a new certificate without a restart, and names bad files")
    func replaces() async throws {
        try await withFolder { folder in
            let files = TestCertificates.Pair(certificate: folder + "/server.pem", key: folder + "/server.key")
            func put(_ pair: TestCertificates.Pair) throws {
                for (from, to) in [(pair.certificate, files.certificate), (pair.key, files.key)] {
                    try FileManager.default.copyItem(atPath: from, toPath: to + ".new")
                    #expect(unsafe rename(to + ".new", to) == 0)
                }
            }
            try put(certificates.server)
            let daemon = try await Daemon.start(
                state: folder + "/state",
                arguments: ["--listen", "tcp://127.0.0.1:0"] + tls(files)
            )
            let address = try #require(addresses(daemon.log).first)
            try put(certificates.foreign)
            try await within(.seconds(60), "the new certificate") {
                while !daemon.log.contains("certificate replaced") { try await Task.sleep(for: .milliseconds(50)) }
            }
            let reply = try await health(address, .tls(ClientTLS(caFile: certificates.otherCA)))
            #expect(reply.status == .serving)
            try Data("no key".utf8).write(to: URL(filePath: files.key))
            daemon.signal(SIGHUP)
            try await within(.seconds(60), "the complaint") {
                while !daemon.log.contains("certificate not replaced") { try await Task.sleep(for: .milliseconds(50)) }
            }
            #expect(daemon.log.contains(files.key))
            let still = try await health(address, .tls(ClientTLS(caFile: certificates.otherCA)))
            #expect(still.status == .serving)
            try await daemon.stop()
        }
    }

    @Test("it does not start on TCP without a certificate, nor with --insecure-loopback on more than loopback")
    func refuses() async throws {
        try await withFolder { folder in
            for (arguments, expected) in [
                (
                    ["--listen", "tcp://127.0.0.1:0"],
                    "needs tls-certificate and tls-key, or on loopback insecure-loopback"
                ),
                (["--listen", "tcp://0.0.0.0:0", "--insecure-loopback"], "is not only loopback"),
            ] {
                for command in [["serve"], ["config", "check"]] {
                    let outcome = try await Program.run(
                        Program.built("packagingd"),
                        command + ["--state-dir", folder + "/state"] + arguments
                    )
                    #expect(outcome.status == 2 && outcome.errors.contains(expected), "\(outcome.errors)")
                }
            }
        }
    }

    @Test("it serves the sockets that a service manager opened, and leaves them open and in their place when it stops")
    func inherited() async throws {
        try await withFolder { folder in
            let (state, path) = (folder + "/state", folder + "/manager.sock")
            // The manager: opens two sockets, starts the daemon with them, passes SIGTERM on, and then asks whether they
            // still listen.
            let manager = try await Running.start(
                "python3",
                [
                    "-c",
                    """
                    import os, signal, socket, sys
                    local = socket.socket(socket.AF_UNIX); local.bind(sys.argv[1]); local.listen(64)
                    net = socket.socket(); net.bind(("127.0.0.1", 0)); net.listen(64)
                    child = os.fork()
                    if child == 0:
                        copies = [os.dup(local.fileno()), os.dup(net.fileno())]
                        high = [os.dup2(c, 50 + n, inheritable=False) for n, c in enumerate(copies)]
                        for n, c in enumerate(high): os.dup2(c, 3 + n, inheritable=True)
                        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="2", LISTEN_FDNAMES="local:net")
                        os.execv(sys.argv[2], sys.argv[2:])
                    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
                    print("port", net.getsockname()[1], flush=True)
                    status = os.waitpid(child, 0)[1]
                    print("ended", os.waitstatus_to_exitcode(status))
                    for family, address in [(socket.AF_UNIX, sys.argv[1]), (socket.AF_INET, net.getsockname())]:
                        probe = socket.socket(family); probe.settimeout(10); probe.connect(address)
                        print("listens", flush=True)
                    """,
                    path, Program.built("packagingd"), "serve", "--state-dir", state, "--insecure-loopback",
                ]
            )
            try await within(.seconds(240), "the start of the daemon") {
                while !manager.errors.contains(" listening ") {
                    try #require(manager.isRunning, "\(manager.errors)")
                    try await Task.sleep(for: .milliseconds(50))
                }
            }
            let port = try #require(Int(manager.output.split(whereSeparator: \.isWhitespace).dropFirst().first ?? ""))
            for address in [
                Address.unix(path: path), .tcp(host: "127.0.0.1", port: port), .unix(path: state + "/packagingd.sock"),
            ] {
                let reply = try await health(address, .plain)
                #expect(reply.status == .serving)
            }
            #expect(manager.errors.contains("name=net") && manager.errors.contains("tcp://127.0.0.1:\(port)"))
            manager.signal(SIGTERM)
            let outcome = try await manager.outcome()
            #expect(outcome.output == "port \(port)\nended 0\nlistens\nlistens\n", "\(outcome.errors)")
            #expect(FileManager.default.fileExists(atPath: path))
        }
    }

    @Test("members of the group of the socket can connect, others cannot, and the doctor looks at the way to it")
    func group() async throws {
        try await withFolder { folder in
            let daemon = try await Daemon.start(state: folder + "/state", arguments: ["--socket-group", "1"])
            let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/state/packagingd.sock")
            #expect(attributes[.posixPermissions] as? Int == 0o660)
            #expect(attributes[.groupOwnerAccountID] as? Int == 1)
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder)
            let doctor = try await Program.run(
                Program.built("packagingd"),
                ["doctor", "--state-dir", folder + "/state", "--socket-group", "1"]
            )
            #expect(doctor.output.contains("group 1 may not enter \"\(folder)\""), "\(doctor.output)")
            try await daemon.stop()
        }
    }
}
