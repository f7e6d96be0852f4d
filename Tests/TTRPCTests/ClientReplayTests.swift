import Concurrency
import ConformanceMessages
import Foundation
import Model
import Protobuf
import Testing

@testable import TTRPC

@Suite("Conversations recorded from Go, replayed to our client")
struct ClientReplayTests {
    // The client itself refuses the message of these sessions: see the tests below.
    static let refusedLocally: Set<String> = ["request-over-4-mib", "stream-message-over-4-mib"]

    @Test(
        "every session sends the recorded frames and gives the caller what the Go client gave",
        arguments: Transcripts.all.sessions.filter { !$0.defect && !refusedLocally.contains($0.name) }
    )
    func replaysSession(_ session: Transcripts.Session) async throws {
        try await RawServer.with { peer, connection in
            let saw = try await play(session, peer, connection)
            // Some sessions end because the client goes away, too. Our own rules decide what its caller sees then.
            let wanted = (session.clientSaw ?? []).map { String($0[$0.range(of: ": ")!.upperBound...]) }
            if session.end == "clean" {
                #expect(saw.sorted() == wanted.sorted())
            } else {
                #expect(Array(saw.prefix(wanted.count)) == wanted)
            }
            #expect(peer.leftOver.isEmpty, "nothing else was sent")
            #expect(connection.openCalls == 0)
        }
    }

    @Test("a request over 4 MiB is refused before anything is sent, and the connection goes on")
    func requestTooLong() async throws {
        try await RawServer.with { peer, connection in
            let message = ConformanceMsg(blob: EchoService.pattern(4_194_267))
            let error = await #expect(throws: PackagingError.self) {
                try await connection.unary(EchoMethods.unary, message)
            }
            #expect(error?.code == .resourceExhausted)
            async let reply = connection.unary(EchoMethods.unary, ConformanceMsg(text: "after"))
            let request = try #require(await peer.next())
            #expect(request.streamID == 1)
            try await peer.send(.reply(ConformanceMsg(text: "after").serialized(), on: 1))
            #expect(try await reply.text == "after")
        }
    }

    @Test("a stream's message over 4 MiB is refused, and the stream goes on")
    func messageTooLong() async throws {
        let session = try #require(Transcripts.all.sessions.first { $0.name == "stream-message-over-4-mib" })
        try await RawServer.with { peer, connection in
            async let count = connection.clientStream(EchoMethods.clientStream) { writer in
                try await writer.write(ConformanceMsg(text: "a"))
                let error = await #expect(throws: PackagingError.self) {
                    try await writer.write(ConformanceMsg(blob: EchoService.pattern(4_194_301)))
                }
                #expect(error?.code == .resourceExhausted)
                try await writer.write(ConformanceMsg(text: "b"))
            }
            for recorded in session.frames {
                if recorded.isFromClient {
                    let frame = await peer.next()
                    #expect(frame == recorded.frame)
                } else {
                    try await peer.send(recorded.bytes)
                }
            }
            #expect(try await count == ConformanceCount(n: 2, prefix: "a,b"))
        }
    }

    /// Plays the server's part of a session, while calls of `connection` play the client's.
    ///
    /// - Returns: The results of the calls, in the words of the recording.
    private func play(
        _ session: Transcripts.Session,
        _ peer: RawPeer,
        _ connection: RPCConnection
    ) async throws -> [String] {
        let steps = Dictionary(grouping: session.frames) { $0.stream ?? 0 }
        let givesUpFirst = session.name.hasPrefix("deadline")
        return try await withThrowingTaskGroup(of: [String].self) { group in
            var saw: [String] = []
            for recorded in session.frames {
                let expected = recorded.frame
                guard recorded.isFromClient else {
                    // The server's frame is a late reply: the caller has given up by then.
                    if givesUpFirst, expected.streamID == 1 { saw += try await group.next() ?? [] }
                    try await peer.send(recorded.bytes)
                    continue
                }
                if expected.kind == .request {
                    // In sessions with one call after another, a call begins when those before it have ended.
                    if session.name != "interleaved-3" {
                        while let lines = try await group.next() { saw += lines }
                    }
                    let script = Script(steps: steps[expected.streamID] ?? [], connection: connection)
                    group.addTask { try await script.run() }
                }
                let frame = try #require(await peer.next(on: expected.streamID))
                try expectSame(frame, expected)
            }
            if session.end != "clean" {
                // Messages that were sent before the end of a connection are still read after it.
                await peer.close()
            }
            while let lines = try await group.next() { saw += lines }
            return saw
        }
    }

    private func expectSame(_ frame: Frame, _ expected: Frame) throws {
        guard expected.kind == .request else {
            #expect(frame == expected)
            return
        }
        #expect(frame.flags == expected.flags)
        var (ours, theirs) = (try TTRPCRequest(serialized: frame.body), try TTRPCRequest(serialized: expected.body))
        // Two things may differ: the time left, and the order of metadata, which Go does not keep.
        #expect((ours.timeoutNano > 0) == (theirs.timeoutNano > 0))
        (ours.timeoutNano, theirs.timeoutNano) = (0, 0)
        ours.metadata.sort { $0.key < $1.key }
        theirs.metadata.sort { $0.key < $1.key }
        #expect(ours == theirs)
    }
}

/// Makes one call as its recorded frames describe it.
private struct Script: Sendable {
    let steps: [Transcripts.RecordedFrame]
    let connection: RPCConnection

    func run() async throws -> [String] {
        let request = try TTRPCRequest(serialized: steps[0].frame.body)
        var metadata = Metadata()
        for pair in request.metadata { metadata.append(pair.value, for: pair.key) }
        let timeout: Duration? = request.timeoutNano == 0 ? nil : .nanoseconds(request.timeoutNano)
        do {
            switch (steps[0].frame.flags, request.method) {
            case ([], "Fail"):
                let message = try ConformanceFailReq(serialized: request.payload)
                return [show(try await connection.unary(method(request, .unary), message) as ConformanceMsg)]
            case ([], _):
                let message = try ConformanceMsg(serialized: request.payload)
                let method: Method<ConformanceMsg, ConformanceMsg> = method(request, .unary)
                return [show(try await connection.unary(method, message, metadata: metadata, timeout: timeout))]
            case (.remoteClosed, _):
                let message = try ConformanceCount(serialized: request.payload)
                let reader: MessageReader<ConformanceMsg> =
                    try connection.serverStream(method(request, .serverStream), message)
                return await read(reader)
            case (_, "ClientStream"):
                let count = try await connection.clientStream(EchoMethods.clientStream) { try await write($0) }
                return ["Count{n:\(count.n), prefix:\"\(count.prefix)\"}"]
            default:
                return try await connection.bidi(EchoMethods.bidi) { try await converse($0, $1) }
            }
        } catch {
            return [show(error)]
        }
    }

    private func method<I, O>(_ request: TTRPCRequest, _ kind: MethodKind) -> Method<I, O> {
        Method(service: request.service, name: request.method, kind: kind)
    }

    private func write(_ writer: MessageWriter<ConformanceMsg>) async throws {
        for step in steps.dropFirst() {
            if !step.isFromClient {
                // The server has answered before the end of the stream. Go's client waits for that answer, and so does
                // this script.
                await writer.call.inboxEnds()
            } else if step.frame.hasMessage {
                try await writer.write(ConformanceMsg(serialized: step.frame.body))
            } else {
                return
            }
        }
        if steps.last?.isFromClient == true { await writer.call.inboxEnds() }
    }

    private func read(_ reader: MessageReader<ConformanceMsg>) async -> [String] {
        var lines: [String] = []
        do {
            for try await message in reader { lines.append(show(message)) }
            lines.append("end of stream, OK")
        } catch {
            lines.append(show(error))
        }
        return lines
    }

    /// Writes and reads in the recorded order.
    private func converse(
        _ reader: MessageReader<ConformanceMsg>,
        _ writer: MessageWriter<ConformanceMsg>
    ) async throws -> [String] {
        var lines: [String] = []
        var iterator = reader.makeAsyncIterator()
        for step in steps.dropFirst() {
            switch (step.isFromClient, step.frame.hasMessage) {
            case (true, true): try await writer.write(ConformanceMsg(serialized: step.frame.body))
            case (true, false): writer.finish()
            case (false, _):
                do {
                    lines.append(try await iterator.next().map(show) ?? "end of stream, OK")
                } catch {
                    lines.append(show(error))
                }
            }
        }
        return lines
    }

    private func show(_ message: ConformanceMsg) -> String {
        let blob = message.blob.isEmpty ? "" : ", blob:\(message.blob.count) bytes"
        return "Msg{text:\"\(message.text)\"\(blob)}"
    }

    private func show(_ error: any Error) -> String {
        guard let error = error as? PackagingError else { return "\(error)" }
        if error.code == .deadlineExceeded { return "local error \"context deadline exceeded\"" }
        let details = error.reason.isEmpty ? 0 : 1
        return "status \(error.code.rawValue) \"\(error.message)\", \(details) details"
    }
}

extension Call {
    /// Returns when the peer has ended the call or the connection is gone.
    fileprivate func inboxEnds() async {
        while true {
            let count = roomToWrite.count
            if inbox.hasEnded { return }
            await roomToWrite.wait(since: count)
        }
    }
}
