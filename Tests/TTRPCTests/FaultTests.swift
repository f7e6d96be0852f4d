import Concurrency
import ConformanceMessages
import Model
import NIOCore
import Protobuf
import Synchronization
import Testing

@testable import TTRPC

@Suite("Faults of connections and peers", .timeLimit(.minutes(10)))
struct FaultTests {
    private let hello = ConformanceMsg(text: "hello")

    @Test("a thousand calls one after the other leave nothing behind")
    func sequentialCalls() async throws {
        try await withConnection { server, connection in
            for number in 0..<1000 {
                let reply = try await connection.unary(EchoMethods.unary, ConformanceMsg(text: "\(number)"))
                #expect(reply.text == "\(number)")
            }
            #expect(connection.openCalls == 0)
            #expect(await server.becomesIdle())
        }
    }

    @Test("64 callers at once each get their own replies")
    func concurrentCalls() async throws {
        try await withConnection { server, connection in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<64 {
                    group.addTask {
                        for number in 0..<20 {
                            let message = ConformanceMsg(
                                text: "\(caller)/\(number)",
                                blob: .init(repeating: 1, count: caller * 100)
                            )
                            let reply = try await connection.unary(EchoMethods.unary, message)
                            #expect(reply == message)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(connection.openCalls == 0)
            #expect(await server.becomesIdle())
        }
    }

    @Test("a peer that closes in the middle of anything fails all open calls at once with unavailable")
    func peerCloses() async throws {
        try await RawServer.with { peer, connection in
            try await withThrowingTaskGroup(of: PackagingError.Code?.self) { group in
                group.addTask { await code { _ = try await connection.unary(EchoMethods.unary, hello) } }
                group.addTask {
                    await code {
                        for try await _ in try connection.serverStream(EchoMethods.serverStream, ConformanceCount(n: 9))
                        {}
                    }
                }
                group.addTask {
                    await code {
                        _ = try await connection.clientStream(EchoMethods.clientStream) { writer in
                            while true {
                                try await writer.write(ConformanceMsg(blob: .init(repeating: 0, count: 65536)))
                            }
                        }
                    }
                }
                group.addTask {
                    await code {
                        try await connection.bidi(EchoMethods.bidi) { reader, writer in for try await _ in reader {} }
                    }
                }
                var opened = 0
                while opened < 4 { if await peer.next()?.kind == .request { opened += 1 } }
                // Half a frame, and then the end of the connection.
                try await peer.send([0, 0, 0, 9, 0, 0])
                await peer.close()
                while let code = try await group.next() { #expect(code == .unavailable) }
            }
            #expect(connection.openCalls == 0)
            #expect(!connection.isOpen)
            #expect(await code { _ = try await connection.unary(EchoMethods.unary, hello) } == .unavailable)
        }
    }

    @Test("an answer before the end of a stream reaches the caller, whatever the writer is doing at that moment")
    func earlyAnswer() async throws {
        // Few of these messages fit into the queue, so the writer waits most of the time and is woken by the answer.
        let message = ConformanceMsg(blob: .init(repeating: 0, count: 64 << 10))
        try await RawServer.with { peer, connection in
            for round in 0..<100 {
                let streamID = UInt32(1 + 2 * round)
                async let count = connection.clientStream(EchoMethods.clientStream) { writer in
                    while true { try await writer.write(message) }
                }
                while let frame = await peer.next(), frame.kind != .request || frame.streamID != streamID {}
                try await peer.send(.reply(ConformanceCount(n: Int32(round)).serialized(), on: streamID))
                #expect(try await count.n == round)
            }
        }
    }

    @Test("frames that a server sent before it closed are still read, even if reading was held up")
    func readsToTheEnd() async throws {
        try await RawServer.with(limits: Limits(streamReceive: 200)) { peer, connection in
            let reader = try connection.serverStream(EchoMethods.serverStream, ConformanceCount(n: 50))
            _ = await peer.next()
            for _ in 0..<50 { try await peer.send(Frame(.data, on: 1, body: hello.serialized())) }
            try await peer.send(.endOfStream(on: 1))
            await peer.close()
            var count = 0
            for try await _ in reader { count += 1 }
            #expect(count == 50)
        }
    }

    @Test("a burst that fills the inbox many times over is read in full, although no more bytes arrive")
    func burst() async throws {
        try await RawServer.with(limits: Limits(streamReceive: 200)) { peer, connection in
            for round in 0..<50 {
                let streamID = UInt32(1 + 2 * round)
                let reader = try connection.serverStream(EchoMethods.serverStream, ConformanceCount(n: 50))
                _ = await peer.next()
                var bytes = ByteBuffer()
                for _ in 0..<50 { Frame(.data, on: streamID, body: try hello.serialized()).write(to: &bytes) }
                Frame.endOfStream(on: streamID).write(to: &bytes)
                try await peer.send(Array(bytes.readableBytesView))
                var count = 0
                for try await _ in reader { count += 1 }
                #expect(count == 50)
            }
        }
    }

    @Test("cancelling a call frees its stream, and the late reply does no harm")
    func cancelledCall() async throws {
        try await RawServer.with { peer, connection in
            let call = Task { try await connection.unary(EchoMethods.unary, hello) }
            _ = await peer.next()
            call.cancel()
            let error = await #expect(throws: PackagingError.self) { try await call.value }
            #expect(error?.code == .cancelled)
            #expect(connection.openCalls == 0)
            try await peer.send(.reply(hello.serialized(), on: 1))
            async let next = connection.unary(EchoMethods.unary, hello)
            _ = await peer.next(on: 3)
            try await peer.send(.reply(ConformanceMsg(text: "two").serialized(), on: 3))
            #expect(try await next.text == "two")
        }
    }

    @Test("releasing a reader gives up its call")
    func droppedReader() async throws {
        try await RawServer.with { peer, connection in
            var reader: MessageReader<ConformanceMsg>? =
                try connection.serverStream(EchoMethods.serverStream, ConformanceCount(n: 5))
            _ = await peer.next()
            #expect(connection.openCalls == 1)
            _ = reader
            reader = nil
            #expect(connection.openCalls == 0)
        }
    }

    @Test("a body that throws tells the server that its stream is incomplete")
    func failedBody() async throws {
        let outcome = AsyncStream.makeStream(of: PackagingError.Code?.self)
        var router = Router()
        router.register(
            EchoMethods.clientStream,
            clientStream: { reader, _ in
                let code = await FaultTests.code { for try await _ in reader {} }
                outcome.continuation.yield(code)
                return ConformanceCount()
            }
        )
        try await withConnection(router) { server, connection in
            await #expect(throws: CancellationError.self) {
                _ = try await connection.clientStream(EchoMethods.clientStream) { writer in
                    try await writer.write(hello)
                    // The request and the message must have been sent, or nothing would have to be taken back.
                    _ = await Self.code { _ = try await connection.unary(EchoMethods.unary, hello) }
                    throw CancellationError()
                }
            }
            var outcomes = outcome.stream.makeAsyncIterator()
            #expect(await outcomes.next() == .internal)
            #expect(await server.becomesIdle())
        }
    }

    @Test("a closed connection cancels the handlers of its calls")
    func handlersCancelled() async throws {
        let running = AsyncStream.makeStream(of: Void.self)
        let cancelled = AsyncStream.makeStream(of: Void.self)
        var router = Router()
        router.register(
            EchoMethods.unary,
            unary: { message, _ in
                running.continuation.yield()
                await untilCancelled()
                cancelled.continuation.yield()
                return message
            }
        )
        try await withServer(router) { server, address in
            let connection = try await RPCConnection.connect(to: address)
            let call = Task { try await connection.unary(EchoMethods.unary, hello) }
            var starts = running.stream.makeAsyncIterator()
            _ = await starts.next()
            await connection.close()
            var ends = cancelled.stream.makeAsyncIterator()
            _ = await ends.next()
            #expect(await Self.code { _ = try await call.value } == .cancelled)
            #expect(await server.becomesIdle())
        }
    }

    @Test("a handler's writer waits at 256 KiB while the client does not read, and goes on when it reads")
    func slowReader() async throws {
        let message = ConformanceMsg(blob: .init(repeating: 0, count: 16 << 10))
        let written = Mutex(0)
        let backlogged = AsyncStream.makeStream(of: Int.self)
        var router = EchoService.router()
        router.register(
            EchoMethods.serverStream,
            serverStream: { request, writer, _ in
                for _ in 0..<request.n {
                    try await writer.write(message)
                    let count = written.withLock { count in
                        count += 1
                        return count
                    }
                    if writer.isBacklogged { backlogged.continuation.yield(count) }
                }
            }
        )
        try await withServer(router) { server, address in
            let slow = try await RawPeer.connect(to: address)
            let quick = try await RPCConnection.connect(to: address)
            try await slow.channel.setOption(.autoRead, value: false).get()
            let request = TTRPCRequest(
                service: EchoMethods.serverStream.service,
                method: EchoMethods.serverStream.name,
                payload: try ConformanceCount(n: 1000).serialized()
            )
            try await slow.send(Frame(.request, on: 1, flags: .remoteClosed, body: request.serialized()))
            var backlog = backlogged.stream.makeAsyncIterator()
            _ = await backlog.next()
            // Other connections go on. Their calls give the writer time to exceed every buffer if nothing holds it
            // back.
            for _ in 0..<1000 { _ = try await quick.unary(EchoMethods.unary, hello) }
            // 16 MB in all; the kernel's buffers and ours hold less than one.
            #expect(written.withLock { $0 } < 100, "the writer waits")
            await quick.close()

            try await slow.channel.setOption(.autoRead, value: true).get()
            var count = 0
            while let frame = await slow.next(), frame.hasMessage { count += 1 }
            #expect(count == 1000)
            await slow.close()
            #expect(await server.becomesIdle())
        }
    }

    @Test("a client that reads nothing and goes away leaves no handler behind")
    func neverReader() async throws {
        try await withServer { server, address in
            let peer = try await RawPeer.connect(to: address)
            try await peer.channel.setOption(.autoRead, value: false).get()
            let request = TTRPCRequest(
                service: EchoMethods.serverStream.service,
                method: EchoMethods.serverStream.name,
                payload: try ConformanceCount(n: 1_000_000, prefix: .init(repeating: "x", count: 4000)).serialized()
            )
            try await peer.send(Frame(.request, on: 1, flags: .remoteClosed, body: request.serialized()))
            while server.load.streams == 0 { await Task.yield() }
            await peer.close()
            #expect(await server.becomesIdle())
        }
    }

    @Test("a stream whose handler does not read holds its client back, and continues when the handler reads")
    func slowHandler() async throws {
        let gate = Signal()
        var router = EchoService.router()
        router.register(
            EchoMethods.clientStream,
            clientStream: { reader, _ in
                await gate.wait(since: 0)
                var count: Int32 = 0
                for try await _ in reader { count += 1 }
                return ConformanceCount(n: count)
            }
        )
        try await withServer(router) { server, address in
            let (slow, quick) = (
                try await RPCConnection.connect(to: address), try await RPCConnection.connect(to: address)
            )
            // The kernel lets a TCP connection that was read fast hold 6 MB.
            let (messages, most) = Transport.current == .unix ? (500, 200) : (1500, 600)
            let sent = Mutex(0)
            async let count = slow.clientStream(EchoMethods.clientStream) { writer in
                for _ in 0..<messages {
                    try await writer.write(ConformanceMsg(blob: .init(repeating: 0, count: 16 << 10)))
                    sent.withLock { $0 += 1 }
                }
            }
            for _ in 0..<1000 { _ = try await quick.unary(EchoMethods.unary, hello) }
            // 8 MB in all, or 24; two send queues and the inbox hold less than one, beside what the kernel holds.
            #expect(sent.withLock { $0 } < most)
            gate.send()
            #expect(try await count.n == Int32(messages))
            await slow.close()
            await quick.close()
        }
    }

    static func code(_ body: () async throws -> Void) async -> PackagingError.Code? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? PackagingError)?.code
        }
    }

    private func code(_ body: () async throws -> Void) async -> PackagingError.Code? { await Self.code(body) }
}

/// Returns when the task is cancelled.
func untilCancelled() async {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    await withTaskCancellationHandler {
        for await _ in stream {}
    } onCancel: {
        continuation.finish()
    }
}
