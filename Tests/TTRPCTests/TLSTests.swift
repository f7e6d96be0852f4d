import Concurrency
import ConformanceMessages
import Foundation
import Logging
import Model
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import TTRPC

@Suite("TLS", .timeLimit(.minutes(10)))
struct TLSTests {
    private let certificates: TestCertificates
    private let logs = LogRecorder()

    init() throws { certificates = try TestCertificates.shared.get() }

    private var logger: Logger { Logger(label: "test") { [logs] _ in logs } }

    /// Runs `body` beside a server whose method `Unary` tells the peer.
    private func serving(
        _ pair: TestCertificates.Pair? = nil,
        clientCA: String? = nil,
        configuration: RPCServer.Configuration = RPCServer.Configuration(),
        _ body: (RPCServer, Address, ServerCertificates) async throws -> Void
    ) async throws {
        var router = EchoService.router()
        router.register(EchoMethods.fail, unary: { _, context in ConformanceMsg(text: "\(context.peer.told)") })
        let own = try ServerCertificates(.of(pair ?? certificates.server, clientCA: clientCA))
        let address = Address.tcp(host: "127.0.0.1", port: 0)
        try await withServer(router, configuration: configuration, on: address, security: .tls(own), logger: logger) {
            server,
            address in
            try await body(server, address, own)
        }
    }

    private func connect(_ address: Address, _ tls: ClientTLS? = nil) async throws -> RPCConnection {
        try await RPCConnection.connect(
            to: address,
            security: .tls(tls ?? ClientTLS(caFile: certificates.ca)),
            timeout: .seconds(10)
        )
    }

    private func peer(_ connection: RPCConnection) async throws -> String {
        try await connection.unary(EchoMethods.fail, ConformanceFailReq()).text
    }

    private func reason(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch let error as PackagingError {
            #expect(error.code == .unavailable)
            return error.reason
        } catch {
            Issue.record(error)
            return nil
        }
    }

    @Test(
        "calls of every size go both ways, by the server's name and by its address",
        arguments: ["127.0.0.1", "localhost"]
    )
    func calls(_ host: String) async throws {
        try await serving { _, address, _ in
            guard case .tcp(_, let port) = address else { return }
            let connection = try await connect(.tcp(host: host, port: port))
            #expect(try await peer(connection).hasPrefix("127.0.0.1:"))
            for size in [0, 1, 16_383, 16_384, 16_385, 100_000, 4_000_000] {
                let message = ConformanceMsg(blob: EchoService.pattern(size))
                let reply = try await connection.unary(EchoMethods.unary, message)
                #expect(reply == message, "\(size)")
            }
            await connection.close()
        }
    }

    @Test("the subject of a client's certificate is known to handlers, and one without a certificate is served as well")
    func subject() async throws {
        try await serving(clientCA: certificates.ca) { _, address, _ in
            let pair = certificates.client
            let known = try await connect(
                address,
                ClientTLS(caFile: certificates.ca, certificateFile: pair.certificate, keyFile: pair.key)
            )
            #expect(try await peer(known) == "O=north OU=packaging CN=reader")
            await known.close()
            let unknown = try await connect(address)
            #expect(try await peer(unknown).hasPrefix("127.0.0.1:"))
            await unknown.close()
        }
    }

    @Test("a client whose certificate does not verify is not served, and is told so")
    func badClients() async throws {
        // A server's certificate is none for a client, though the same authority has signed it.
        let bad = [certificates.foreignClient, certificates.expiredClient, certificates.server]
        try await serving(clientCA: certificates.ca) { server, address, _ in
            for pair in bad {
                let files = ClientTLS(caFile: certificates.ca, certificateFile: pair.certificate, keyFile: pair.key)
                let reason = await reason {
                    let connection = try await connect(address, files)
                    defer { Task { await connection.close() } }
                    _ = try await peer(connection)
                }
                #expect(reason == "TLS_CERTIFICATE_REFUSED", "\(pair.certificate)")
            }
            #expect(server.load.connections == 0)
        }
        let told = logs.lines.filter { $0.message == "TLS handshake failed" }.map { "\($0.metadata["error"] ?? "")" }
        #expect(told.contains("no client authority has signed the peer's certificate"))
        #expect(told.contains("the peer's certificate has expired"))
    }

    @Test("where no authority of clients is named, a client's certificate is not asked for and names nobody")
    func notAsked() async throws {
        try await serving { _, address, _ in
            let pair = certificates.foreignClient
            let connection = try await connect(
                address,
                ClientTLS(caFile: certificates.ca, certificateFile: pair.certificate, keyFile: pair.key)
            )
            #expect(try await peer(connection).hasPrefix("127.0.0.1:"))
            await connection.close()
        }
    }

    @Test("a client takes only the certificate of the server that it wants, and says what is wrong with another")
    func badServers() async throws {
        let cases: [(TestCertificates.Pair, String)] = [
            (certificates.foreign, "TLS_CERTIFICATE_UNTRUSTED"), (certificates.expired, "TLS_CERTIFICATE_EXPIRED"),
            (certificates.elsewhere, "TLS_WRONG_HOST"), (certificates.client, "TLS_CERTIFICATE_UNTRUSTED"),
            // An address is compared with addresses only.
            (certificates.nameOnly, "TLS_WRONG_HOST"),
        ]
        for (pair, expected) in cases {
            try await serving(pair) { server, address, _ in
                let reason = await reason { await (try connect(address)).close() }
                #expect(reason == expected, "\(pair.certificate)")
            }
        }
        try await serving(certificates.elsewhere) { _, address, _ in
            let error = await #expect(throws: PackagingError.self) { try await connect(address) }
            #expect(error?.message.contains("its names are \"elsewhere.example\"") == true)
        }
        // The authorities of the system have not signed ours.
        try await serving { _, address, _ in
            let reason = await reason { await (try connect(address, ClientTLS())).close() }
            #expect(reason == "TLS_CERTIFICATE_UNTRUSTED")
        }
    }

    @Test("who speaks TLS to a listener without, or without to one with, is told so, and the log names it")
    func mixed() async throws {
        try await serving { server, address, _ in
            let plain = try await RPCConnection.connect(to: address, security: .plain)
            let reason = await reason { _ = try await peer(plain) }
            #expect(reason == "TLS_REQUIRED")
            await plain.close()
            #expect(server.load.connections == 0)
        }
        #expect(logs.text.contains("the peer does not speak TLS, and this listener nothing else"))
        try await withServer(on: .tcp(host: "127.0.0.1", port: 0), logger: logger) { server, address in
            let reason = await reason { await (try connect(address)).close() }
            #expect(reason == "TLS_NOT_SPOKEN")
        }
        #expect(logs.text.contains("closed a connection that began TLS at a listener without TLS"))
    }

    @Test("a server that closes or says nothing is given up, with a reason")
    func silentServers() async throws {
        for (isSilent, expected) in [(false, "TLS_HANDSHAKE_ENDED"), (true, "TLS_HANDSHAKE_TIMEOUT")] {
            let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .childChannelInitializer { isSilent ? $0.eventLoop.makeSucceededVoidFuture() : $0.close() }
                .bind(host: "127.0.0.1", port: 0).get()
            let address = Address.tcp(host: "127.0.0.1", port: channel.localAddress?.port ?? 0)
            let reason = await reason {
                let connection = try await RPCConnection.connect(
                    to: address,
                    security: .tls(ClientTLS(caFile: certificates.ca)),
                    timeout: isSilent ? .milliseconds(300) : .seconds(10)
                )
                await connection.close()
            }
            #expect(reason == expected)
            try await channel.close()
        }
    }

    @Test("unfinished handshakes have a limit of their own for each peer, and take nobody's place")
    func unfinishedHandshakes() async throws {
        var configuration = RPCServer.Configuration()
        configuration.maximumConnections = 1
        configuration.maximumHandshakesPerPeer = 3
        // Long enough that none is dropped while the test looks.
        configuration.handshakeTime = .seconds(600)
        try await serving(configuration: configuration) { server, address, _ in
            let silent = try await (0..<3).asyncMap { _ in try await RawChannel.open(address) }
            try await eventually { server.openHandshakes == 3 }
            // There is no room for a fourth handshake of this peer.
            let fourth = try await RawChannel.open(address)
            try await fourth.closed()
            for channel in silent { try? await channel.channel.close() }
            try await eventually { server.openHandshakes == 0 }
            // The only place is still free.
            let connection = try await connect(address)
            #expect(try await peer(connection).hasPrefix("127.0.0.1:"))
            await connection.close()
        }
        #expect(logs.text.contains("too many TLS handshakes are unfinished"))
    }

    @Test("a handshake that stands still is dropped after its time")
    func stalledHandshake() async throws {
        var configuration = RPCServer.Configuration()
        configuration.handshakeTime = .milliseconds(50)
        try await serving(configuration: configuration) { server, address, _ in
            let silent = try await RawChannel.open(address)
            try await silent.closed()
            try await eventually { server.openHandshakes == 0 }
        }
        #expect(logs.text.contains("the peer did not finish it in time"))
    }

    @Test("a new certificate is taken by new handshakes, open connections stay, and a bad one changes nothing")
    func replacement() async throws {
        try await serving { _, address, own in
            let before = try await connect(address)
            try own.replace(with: .of(certificates.foreign))
            #expect(try await peer(before).hasPrefix("127.0.0.1:"))
            let reason = await reason { await (try connect(address)).close() }
            #expect(reason == "TLS_CERTIFICATE_UNTRUSTED")
            // The key of another certificate.
            let (first, second) = (certificates.server, certificates.newServer)
            let mixed = TestCertificates.Pair(certificate: first.certificate, key: second.key)
            #expect(throws: PackagingError.self) { try own.replace(with: .of(mixed)) }
            let after = try await connect(address, ClientTLS(caFile: certificates.otherCA))
            #expect(try await peer(after).hasPrefix("127.0.0.1:"))
            await after.close()
            await before.close()
        }
    }

    @Test("files that cannot be used are named, with what is wrong")
    func files() async throws {
        let address = Address.tcp(host: "127.0.0.1", port: 1)
        let (pair, other) = (certificates.client, certificates.server)
        let cases: [(ClientTLS, String)] = [
            (ClientTLS(caFile: "/nowhere"), "could not read CA file \"/nowhere\": No such file or directory"),
            (ClientTLS(caFile: "/tmp"), "could not read CA file \"/tmp\": it is no file"),
            (ClientTLS(caFile: pair.key), "\"\(pair.key)\" contains no certificate in PEM form"),
            (
                ClientTLS(caFile: certificates.ca, certificateFile: pair.certificate, keyFile: pair.certificate),
                "\"\(pair.certificate)\" contains no private key in PEM form that is not encrypted"
            ),
            (
                ClientTLS(caFile: certificates.ca, certificateFile: pair.certificate, keyFile: other.key),
                "the key in \"\(other.key)\" is not that of the certificate in \"\(pair.certificate)\""
            ),
        ]
        for (files, message) in cases {
            let error = await #expect(throws: PackagingError.self) { try await connect(address, files) }
            #expect(error?.code == .failedPrecondition && error?.message == message)
        }
        let onUnix = await #expect(throws: PackagingError.self) { try await connect(.unix(path: "/tmp/x")) }
        #expect(onUnix?.code == .invalidArgument)
    }

    @Test("closing does not wait for a peer that never says goodbye")
    func noGoodbye() async throws {
        try await Transport.$current.withValue(.tls) {
            try await RawServer.with { peer, connection in
                // The peer's half is closed, and it does not read: its channel handles nothing more.
                try await peer.channel.setOption(.autoRead, value: false).get()
                await connection.close()
            }
        }
    }
}

extension Peer {
    /// The peer as the tests compare it.
    fileprivate var told: String {
        guard case .tcp(let address, let subject) = self else { return "unix" }
        guard let subject else { return address }
        func joined(_ key: String, _ names: [String]) -> String { "\(key)=\(names.joined(separator: ","))" }
        return [joined("O", subject.organizations), joined("OU", subject.units), joined("CN", subject.commonNames)]
            .joined(separator: " ")
    }
}

/// A TCP connection that says nothing.
private struct RawChannel {
    let channel: any Channel

    static func open(_ address: Address) async throws -> RawChannel {
        guard case .tcp(let host, let port) = address else { throw PackagingError(.unimplemented, "TCP only") }
        let bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        return RawChannel(channel: try await bootstrap.connect(host: host, port: port).get())
    }

    /// Returns when the other side has closed it.
    func closed() async throws { try await channel.closeFuture.get() }
}

extension Sequence {
    fileprivate func asyncMap<Mapped>(_ transform: (Element) async throws -> Mapped) async rethrows -> [Mapped] {
        var mapped: [Mapped] = []
        for element in self { mapped.append(try await transform(element)) }
        return mapped
    }
}

@Suite("Limits of a peer", .timeLimit(.minutes(10)))
struct PeerLimitTests {
    private let hello = ConformanceMsg(text: "hello")

    /// Runs `body` beside a server on loopback.
    private func serving(
        _ configuration: RPCServer.Configuration,
        _ router: Router = EchoService.router(),
        _ body: (RPCServer, Address) async throws -> Void
    ) async throws {
        let address = Address.tcp(host: "127.0.0.1", port: 0)
        try await withServer(router, configuration: configuration, on: address, security: .plain, body)
    }

    @Test("one connection too many is told so on its first call, and one that is closed makes room")
    func connections() async throws {
        var configuration = RPCServer.Configuration()
        configuration.maximumConnectionsPerPeer = 2
        try await serving(configuration) { server, address in
            let first = try await RPCConnection.connect(to: address)
            let second = try await RPCConnection.connect(to: address)
            for connection in [first, second] { _ = try await connection.unary(EchoMethods.unary, hello) }
            let third = try await RPCConnection.connect(to: address)
            let error = await #expect(throws: PackagingError.self) {
                try await third.unary(EchoMethods.unary, hello)
            }
            #expect(error?.code == .resourceExhausted && error?.reason == "TOO_MANY_CONNECTIONS_OF_PEER")
            await third.close()
            await second.close()
            try await eventually { server.load.connections == 1 }
            let next = try await RPCConnection.connect(to: address)
            #expect(try await next.unary(EchoMethods.unary, hello) == hello)
            await next.close()
            await first.close()
        }
    }

    @Test("a gateway is not limited as a peer, and the operator on the Unix socket is not either")
    func gateway() async throws {
        var configuration = RPCServer.Configuration()
        configuration.maximumConnectionsPerPeer = 1
        configuration.gateways = [try #require(PeerKey("127.0.0.1"))]
        try await serving(configuration) { _, address in try await callOnThree(address) }
        configuration.gateways = []
        try await withServer(configuration: configuration) { _, address in try await callOnThree(address) }
    }

    private func callOnThree(_ address: Address) async throws {
        var connections: [RPCConnection] = []
        for _ in 0..<3 { connections.append(try await RPCConnection.connect(to: address)) }
        for connection in connections {
            #expect(try await connection.unary(EchoMethods.unary, hello) == hello)
        }
        for connection in connections { await connection.close() }
    }

    @Test("the running calls of all connections of a peer are counted together, and each that ends makes room")
    func calls() async throws {
        var configuration = RPCServer.Configuration()
        configuration.maximumCallsPerPeer = 3
        let release = Signal()
        let begun = AsyncStream.makeStream(of: Void.self)
        var router = EchoService.router()
        router.register(
            EchoMethods.bidi,
            bidi: { _, writer, _ in
                begun.continuation.yield()
                await release.wait(since: 0)
                try await writer.write(ConformanceMsg())
            }
        )
        try await serving(configuration, router) { server, address in
            let first = try await RPCConnection.connect(to: address)
            let second = try await RPCConnection.connect(to: address)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for connection in [first, first, second] {
                    group.addTask {
                        try await connection.bidi(EchoMethods.bidi) { reader, _ in for try await _ in reader {} }
                    }
                }
                var beginnings = begun.stream.makeAsyncIterator()
                for _ in 0..<3 { _ = await beginnings.next() }
                let error = await #expect(throws: PackagingError.self) {
                    try await second.unary(EchoMethods.unary, hello)
                }
                #expect(error?.code == .resourceExhausted && error?.reason == "TOO_MANY_CALLS_OF_PEER")
                release.send()
                try await group.waitForAll()
            }
            #expect(await server.becomesIdle())
            #expect(try await second.unary(EchoMethods.unary, hello) == hello)
            await first.close()
            await second.close()
        }
    }
}
