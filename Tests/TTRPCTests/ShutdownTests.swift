import Concurrency
import ConformanceMessages
import Logging
import Model
import NIOCore
import NIOPosix
import Protobuf
import Synchronization
import TestSupport
import Testing

@testable import TTRPC

@Suite("Deadlines, errors and shutdown", .timeLimit(.minutes(10)))
struct ShutdownTests {
    private let hello = ConformanceMsg(text: "hello")

    /// A service whose unary calls wait for the signal, and report when they have begun.
    private func waiting(_ release: Signal, _ begun: AsyncStream<Void>.Continuation) -> Router {
        var router = Router()
        router.register(
            EchoMethods.unary,
            unary: { message, _ in
                begun.yield()
                await release.wait(since: 0)
                try Task.checkCancellation()
                return message
            }
        )
        return router
    }

    @Test("a graceful shutdown lets calls end, turns new ones away, and then closes")
    func graceful() async throws {
        let (release, begun) = (Signal(), AsyncStream.makeStream(of: Void.self))
        try await withServer(waiting(release, begun.continuation)) { server, address in
            let connection = try await RPCConnection.connect(to: address)
            let idle = try await RPCConnection.connect(to: address)
            async let reply = connection.unary(EchoMethods.unary, hello)
            var beginnings = begun.stream.makeAsyncIterator()
            _ = await beginnings.next()
            server.beginGracefulShutdown()
            // The idle connection is closed. The listening socket belongs to another event loop, so new connections are
            // refused a little later.
            try await idle.channel.closeFuture.get()
            while let late = try? await RPCConnection.connect(to: address) { await late.close() }

            let error = await #expect(throws: PackagingError.self) {
                try await connection.unary(EchoMethods.unary, hello)
            }
            #expect(error?.code == .unavailable && error?.retryAfter == .seconds(1))
            release.send()
            #expect(try await reply == hello)
            try await connection.channel.closeFuture.get()
            await connection.close()
            await idle.close()
        }
    }

    @Test("calls that outlast the drain timeout are cancelled, and their callers are told")
    func drainTimeout() async throws {
        let (release, begun) = (Signal(), AsyncStream.makeStream(of: Void.self))
        var configuration = RPCServer.Configuration()
        configuration.drainTimeout = .zero
        try await withServer(waiting(release, begun.continuation), configuration: configuration) { server, address in
            let connection = try await RPCConnection.connect(to: address)
            async let code = FaultTests.code { _ = try await connection.unary(EchoMethods.unary, hello) }
            var beginnings = begun.stream.makeAsyncIterator()
            _ = await beginnings.next()
            server.beginGracefulShutdown()
            #expect(await code == .unavailable)
            await connection.close()
        }
    }

    @Test("the server stops a call at its caller's deadline")
    func serverDeadline() async throws {
        let (release, begun) = (Signal(), AsyncStream.makeStream(of: Void.self))
        try await withServer(waiting(release, begun.continuation)) { server, address in
            let peer = try await RawPeer.connect(to: address)
            let request = TTRPCRequest(
                service: EchoMethods.unary.service,
                method: EchoMethods.unary.name,
                timeoutNano: 1_000_000
            )
            try await peer.send(Frame(.request, on: 1, body: request.serialized()))
            let frame = try #require(await peer.next())
            #expect(try TTRPCResponse(serialized: frame.body).status?.code == 4)
            await peer.close()
            #expect(await server.becomesIdle())
        }
    }

    @Test("the client gives up a call at its deadline, whatever the server does", arguments: [MethodKind.unary, .bidi])
    func clientDeadline(_ kind: MethodKind) async throws {
        try await RawServer.with { _, connection in
            let code = await FaultTests.code {
                switch kind {
                case .unary: _ = try await connection.unary(EchoMethods.unary, hello, timeout: .milliseconds(20))
                default:
                    try await connection.bidi(EchoMethods.bidi, timeout: .milliseconds(20)) { reader, _ in
                        for try await _ in reader {}
                    }
                }
            }
            #expect(code == .deadlineExceeded)
            #expect(connection.openCalls == 0)
        }
    }

    @Test(
        "a timeout that is over, or longer than the clock can count, does not crash",
        arguments: [
            (Duration.zero, .deadlineExceeded), (.seconds(-5), .deadlineExceeded), (.seconds(Int64.max / 2), nil),
        ] as [(Duration, PackagingError.Code?)]
    )
    func oddTimeouts(_ timeout: Duration, _ expected: PackagingError.Code?) async throws {
        try await withConnection { _, connection in
            let code = await FaultTests.code {
                _ = try await connection.unary(EchoMethods.unary, hello, timeout: timeout)
            }
            #expect(code == expected)
        }
    }

    @Test("an internal error is logged as a whole, and tells the caller only the call's name")
    func foreignError() async throws {
        struct Secret: Error { var password = "hunter2" }
        let names = Mutex<[String]>([])
        var router = Router()
        router.register(
            EchoMethods.unary,
            unary: { _, context in
                names.withLock { $0.append(context.callID) }
                throw Secret()
            }
        )
        let log = LogRecorder()
        try await withServer(router, logger: Logger(label: "test") { _ in log }) { _, address in
            let connection = try await RPCConnection.connect(to: address)
            let error = await #expect(throws: PackagingError.self) {
                try await connection.unary(EchoMethods.unary, hello)
            }
            #expect(error?.code == .internal)
            #expect(error?.message == "internal error")
            #expect(error?.metadata == ["callID": names.withLock { $0[0] }])
            #expect(log.text.contains("hunter2"))
            await connection.close()
        }
    }

    @Test("what a connection remembers is seen by its own later calls and by no other connection")
    func connectionValues() async throws {
        enum Name: ConnectionValueKey { typealias Value = String }
        var router = Router()
        router.register(
            EchoMethods.unary,
            unary: { message, context in
                defer { if !message.text.isEmpty { context.connection[Name.self] = message.text } }
                return ConformanceMsg(text: context.connection[Name.self] ?? "nobody")
            }
        )
        try await withServer(router) { _, address in
            var seen: [String] = []
            for _ in 0..<2 {
                let connection = try await RPCConnection.connect(to: address)
                for name in ["ada", ""] {
                    seen.append(try await connection.unary(EchoMethods.unary, ConformanceMsg(text: name)).text)
                }
                await connection.close()
            }
            #expect(seen == ["nobody", "ada", "nobody", "ada"])
        }
    }
}
