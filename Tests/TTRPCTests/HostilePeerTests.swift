import ConformanceMessages
import Model
import NIOCore
import Protobuf
import Testing

@testable import TTRPC

@Suite("Peers that take more than their share", .timeLimit(.minutes(10)))
struct HostilePeerTests {
    private static let health = Method<ConformanceMsg, ConformanceMsg>(
        service: "grpc.health.v1.Health",
        name: "Check",
        kind: .unary
    )

    private static func request(_ method: String, _ payload: ConformanceMsg, timeout: Int64 = 0) throws -> TTRPCRequest
    {
        var request = TTRPCRequest(service: "conformance.v1.Echo", method: method, payload: try payload.serialized())
        request.timeoutNano = timeout
        return request
    }

    private static func bytes(_ frame: Frame) -> [UInt8] {
        var buffer = ByteBuffer()
        frame.write(to: &buffer)
        return Array(buffer.readableBytesView)
    }

    private func status(_ frame: Frame?) throws -> (code: PackagingError.Code?, reason: String?) {
        let response = try TTRPCResponse(serialized: try #require(frame).body)
        let error = response.status.map { PackagingError(status: $0) }
        return (error?.code, error?.reason)
    }

    /// The load of the budget that this test's peers draw on.
    private func load(_ server: RPCServer) -> (free: Int, waiting: Int) {
        server.receiveLoad(ofOperator: Transport.current == .unix)
    }

    @Test(
        "frames of many connections that are never finished do not take more than the budget, and the others get theirs"
    )
    func unfinishedFrames() async throws {
        var limits = Limits()
        limits.serverReceive = 3 << 19
        let long = try Frame(
            .request,
            on: 1,
            body: Self.request("Unary", ConformanceMsg(blob: EchoService.pattern(1 << 20))).serialized()
        )
        try await withServer(limits: limits) { server, address in
            // Each begins a frame of 1 MiB: there is room for one, and a part of the next.
            var hostile: [RawPeer] = []
            for _ in 0..<8 {
                let peer = try await RawPeer.connect(to: address)
                try await peer.send(Array(Self.bytes(long).prefix(100_000)))
                hostile.append(peer)
            }
            try await eventually { load(server).waiting == 7 }
            #expect(load(server).free >= 0)
            // A small call finds its way past them.
            let modest = try await RPCConnection.connect(to: address)
            let reply = try await modest.unary(EchoMethods.unary, ConformanceMsg(text: "small"))
            #expect(reply.text == "small")
            // Those that wait are served when the ones before them are gone.
            for peer in hostile.dropLast() { await peer.close() }
            let last = try #require(hostile.last)
            try await last.send(Array(Self.bytes(long).dropFirst(100_000)))
            let answer = await last.next(on: 1)
            #expect(answer?.body.count ?? 0 > 1 << 20)
            await last.close()
            await modest.close()
            try await eventually {
                load(server) == (
                    limits.serverReceive / ReceiveBudget.step, 0
                )
            }
        }
    }

    @Test("a frame that stands still is answered and its connection closed; a header that stands still closes it")
    func slowFrames() async throws {
        var limits = Limits()
        limits.senderPeriod = .milliseconds(20)
        let frame = try Frame(.request, on: 1, body: Self.request("Unary", ConformanceMsg(text: "late")).serialized())
        try await withServer(limits: limits) { server, address in
            let body = try await RawPeer.connect(to: address)
            try await body.send(Array(Self.bytes(frame).dropLast()))
            let (code, reason) = try status(await body.next(on: 1))
            #expect(code == .deadlineExceeded && reason == "SLOW_SENDER")
            let afterBody = await body.next()
            #expect(afterBody == nil)

            let header = try await RawPeer.connect(to: address)
            try await header.send([0, 0, 0])
            let afterHeader = await header.next()
            #expect(afterHeader == nil || afterHeader?.kind == .response)
            try await eventually { server.load.connections == 0 }
        }
    }

    @Test("a stream that its client does not feed is ended, and the connection lives on")
    func slowStream() async throws {
        var limits = Limits()
        limits.senderPeriod = .milliseconds(20)
        try await withServer(limits: limits) { _, address in
            let peer = try await RawPeer.connect(to: address)
            let request = TTRPCRequest(service: "conformance.v1.Echo", method: "ClientStream")
            try await peer.send(Frame(.request, on: 1, flags: .remoteOpen, body: request.serialized()))
            try await peer.send(Frame(.data, on: 1, body: ConformanceMsg(text: "one").serialized()))
            let (code, reason) = try status(await peer.next(on: 1))
            #expect(code == .deadlineExceeded && reason == "SLOW_SENDER")
            let other = try Self.request("Unary", ConformanceMsg(text: "still here"))
            try await peer.send(Frame(.request, on: 3, body: other.serialized()))
            let (none, _) = try status(await peer.next(on: 3))
            #expect(none == nil)
            await peer.close()
        }
    }

    @Test("an idle connection is never closed for it, nor one whose call takes long")
    func idle() async throws {
        var limits = Limits()
        limits.senderPeriod = .milliseconds(5)
        try await withServer(limits: limits) { _, address in
            let connection = try await RPCConnection.connect(to: address)
            // The call takes longer than any sender is waited for.
            let reply = try await connection.unary(EchoMethods.unary, ConformanceMsg(text: "sleep 300ms"))
            #expect(reply.text == "sleep 300ms")
            await connection.close()
        }
    }

    @Test("a negative timeout is refused, and zero is none")
    func negativeTimeout() async throws {
        try await withServer { _, address in
            let peer = try await RawPeer.connect(to: address)
            for (stream, timeout) in [(UInt32(1), Int64(-1)), (3, .min), (5, 0)] {
                let request = try Self.request("Unary", ConformanceMsg(text: "a"), timeout: timeout)
                try await peer.send(Frame(.request, on: stream, body: request.serialized()))
                let (code, _) = try status(await peer.next(on: stream))
                #expect(code == (timeout < 0 ? .invalidArgument : nil), "\(timeout)")
            }
            await peer.close()
        }
    }

    @Test("where all places are taken, a check of the health is answered, and any other call is refused with a reason")
    func fullHouse() async throws {
        var router = EchoService.router()
        router.register(Self.health) { (message, _) in message }
        var configuration = RPCServer.Configuration()
        (configuration.maximumConnections, configuration.reservedConnections) = (1, 0)
        configuration.healthConnections = 1
        try await withServer(router, configuration: configuration) { server, address in
            let first = try await RPCConnection.connect(to: address)
            _ = try await first.unary(EchoMethods.unary, ConformanceMsg(text: "a"))

            let check = try await RPCConnection.connect(to: address)
            let answer = try await check.unary(Self.health, ConformanceMsg(text: "well?"))
            #expect(answer.text == "well?")
            try await eventually { server.load.connections == 1 }
            await check.close()

            let other = try await RPCConnection.connect(to: address)
            let error = await #expect(throws: PackagingError.self) {
                _ = try await other.unary(EchoMethods.unary, ConformanceMsg(text: "b"))
            }
            #expect(error?.code == .unavailable && error?.reason == "TOO_MANY_CONNECTIONS")
            try await eventually { server.load.connections == 1 }
            await other.close()

            await first.close()
            try await eventually { server.load.connections == 0 }
            let next = try await RPCConnection.connect(to: address)
            _ = try await next.unary(EchoMethods.unary, ConformanceMsg(text: "c"))
            await next.close()
        }
    }

    @Test("a place for checks of the health is not kept by one who says nothing")
    func silentInReserve() async throws {
        var configuration = RPCServer.Configuration()
        (configuration.maximumConnections, configuration.reservedConnections) = (0, 0)
        configuration.healthTime = .milliseconds(50)
        try await withServer(configuration: configuration) { _, address in
            let peer = try await RawPeer.connect(to: address)
            let end = await peer.next()
            #expect(end == nil)
        }
    }
}

/// Waits until `condition` holds. Gives up after 6,000 looks, which take at least a minute.
func eventually(_ condition: () -> Bool) async throws {
    for _ in 0..<6000 {
        if condition() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    throw PackagingError(.deadlineExceeded, "it never came so far")
}
