import ConformanceMessages
import Model
import NIOCore
import Protobuf
import Testing

@testable import TTRPC

@Suite("Conversations recorded from Go, replayed to our server")
struct ServerReplayTests {
    @Test("every session gets the recorded answers", arguments: Transcripts.all.sessions.filter { !$0.defect })
    func replaysSession(_ session: Transcripts.Session) async throws {
        try await withServer { server, address in
            let peer = try await RawPeer.connect(to: address)
            try await replay(session.frames, with: peer)
            if session.end == "clean" { try await probe(peer) }
            #expect(peer.leftOver.isEmpty, "nothing else was sent")
            await peer.close()
            #expect(await server.becomesIdle())
        }
    }

    @Test("a reply over 4 MiB fails its own call, and the call beside it is answered")
    func replyTooLong() async throws {
        try await withServer { _, address in
            let peer = try await RawPeer.connect(to: address)
            let session = try #require(Transcripts.all.sessions.first { $0.name == "reply-over-4-mib" })
            for frame in session.frames { try await peer.send(frame.bytes) }
            try await expect(8, on: 3, from: peer)
            try await expect(0, on: 1, from: peer)
            await peer.close()
        }
    }

    // These are tested one by one: recorded faults of Go, ids that Go refuses, and frames that our server refuses
    // sooner.
    static let ownRules: Set<String> = ["lower-stream-id", "oversized-header-only", "oversized-whole"]

    @Test(
        "every bad input ends as recorded",
        arguments: Transcripts.all.badInputs.filter { !$0.defect && !ownRules.contains($0.name) }
    )
    func replaysBadInput(_ input: Transcripts.Session) async throws {
        try await withServer { server, address in
            let peer = try await RawPeer.connect(to: address)
            if input.clientHalfCloses == true {
                // All frames go in one step, so that no handler ends before the half-close.
                try await peer.sendLast(input.frames.flatMap(\.bytes))
                #expect(await peer.next() == nil, "the server closes without an answer")
            } else {
                try await replay(input.frames, with: peer)
                try await probe(peer)
            }
            #expect(peer.leftOver.isEmpty, "nothing else was sent")
            await peer.close()
            #expect(await server.becomesIdle())
        }
    }

    @Test("an id below the last one is accepted once, because requests of some clients overtake each other")
    func lowerStreamID() async throws {
        try await answers("lower-stream-id") { peer in
            try await expect(0, on: 5, from: peer)
            try await expect(0, on: 3, from: peer)
            try await expect(0, on: 7, from: peer)
            try await peer.send(unary("again", on: 3))
            try await expect(3, on: 3, from: peer)
        }
    }

    @Test("an oversized frame is refused as soon as its header has arrived")
    func oversizedHeader() async throws {
        try await answers("oversized-header-only") { peer in
            try await expect(8, on: 1, from: peer)
            try await peer.halfClose()
            #expect(await peer.next() == nil)
        }
    }

    @Test("the body of an oversized frame is skipped, its id stays free, and the connection lives on")
    func oversizedWhole() async throws {
        try await answers("oversized-whole") { peer in
            try await expect(8, on: 1, from: peer)
            try await expect(0, on: 1, from: peer)
        }
    }

    // MARK: Inputs that Go answers twice or that crash Go: only the stream at fault may fail.

    @Test("an id that is used again during its call fails that call, with one answer")
    func repeatedInFlight() async throws {
        try await answers("repeated-stream-id-in-flight") { peer in
            try await expect(3, on: 1, from: peer)
            try await expect(0, on: 3, from: peer)
        }
    }

    @Test("a last message and the half-close may share a frame")
    func dataWithRemoteClosed() async throws {
        try await answers("data-with-remote-closed") { peer in
            let response = try await TTRPCResponse(serialized: #require(peer.next(on: 1)).body)
            #expect(try ConformanceCount(serialized: response.payload) == ConformanceCount(n: 2, prefix: "a,b"))
            try await expect(0, on: 3, from: peer)
        }
    }

    @Test("a message after the half-close fails its stream, and no frame follows the failure")
    func dataAfterHalfClose() async throws {
        try await answers("data-after-half-close") { peer in
            try await expect(3, on: 1, from: peer)
            try await expect(0, on: 3, from: peer)
        }
    }

    @Test("a message on a stream that was never opened is refused, and the connection lives on")
    func dataOnUnknownStream() async throws {
        try await answers("data-on-unknown-stream") { peer in
            try await expect(3, on: 1, from: peer)
        }
    }

    @Test("a half-close that crosses the server's end of the stream is not answered")
    func halfCloseAfterEnd() async throws {
        try await answers("half-close-after-server-ended") { peer in
            let frame = await peer.next(on: 1)
            #expect(frame == .endOfStream(on: 1))
        }
    }

    @Test("a message on a unary call in flight fails that call")
    func dataOnUnary() async throws {
        try await answers("data-on-unary-in-flight") { peer in
            try await expect(3, on: 1, from: peer)
        }
    }

    /// Sends a whole input at once, lets `check` see the answers, and makes sure that there are no others.
    private func answers(_ name: String, _ check: (RawPeer) async throws -> Void) async throws {
        let input = try #require(Transcripts.all.badInputs.first { $0.name == name })
        try await withServer { server, address in
            let peer = try await RawPeer.connect(to: address)
            // All frames go in one piece, so that no handler ends between two of them.
            try await peer.send(input.frames.filter(\.isFromClient).flatMap(\.bytes))
            try await check(peer)
            if peer.channel.isActive, input.clientHalfCloses != true { try await probe(peer) }
            #expect(peer.leftOver.isEmpty, "nothing else was sent")
            await peer.close()
            #expect(await server.becomesIdle())
        }
    }

    private func replay(_ frames: [Transcripts.RecordedFrame], with peer: RawPeer) async throws {
        for recorded in frames {
            if recorded.isFromClient {
                try await peer.send(recorded.bytes)
                continue
            }
            let expected = recorded.frame
            let frame = try #require(await peer.next(on: expected.streamID))
            let wanted = expected.kind == .response ? try TTRPCResponse(serialized: expected.body).status : nil
            guard let wanted else {
                #expect(frame == expected)
                continue
            }
            let status = try status(of: frame)
            #expect(status.code == wanted.code)
            // Messages that the service made are the same. Messages of the library are its own.
            if !wanted.details.isEmpty || wanted.code == 10 { #expect(status.message == wanted.message) }
            // Our server adds the name of the call.
            let details = try status.details.map { try RPCErrorInfo(serialized: $0.value) }.compactMap { info in
                var info = info
                info.metadata["callID"] = nil
                return info.reason.isEmpty && info.metadata.allSatisfy { $0.key == "hint" } ? nil : info
            }
            #expect(status.details.allSatisfy { $0.typeURL == "type.googleapis.com/google.rpc.ErrorInfo" })
            let theirs = try wanted.details.map { try RPCErrorInfo(serialized: $0.value) }
            #expect(details.map(\.reason) == theirs.map(\.reason))
            #expect(details.map(\.metadata) == theirs.map(\.metadata))
        }
    }

    private func status(of frame: Frame?) throws -> RPCStatus {
        let frame = try #require(frame)
        #expect(frame.kind == .response)
        return try TTRPCResponse(serialized: frame.body).status ?? RPCStatus()
    }

    private func expect(_ code: Int32, on streamID: UInt32, from peer: RawPeer) async throws {
        #expect(try await status(of: peer.next(on: streamID)).code == code)
    }

    /// Shows that the connection still works and that nothing came before this answer.
    private func probe(_ peer: RawPeer) async throws {
        try await peer.send(unary("probe", on: 101))
        let frame = try #require(await peer.next())
        #expect(frame.streamID == 101)
    }

    private func unary(_ text: String, on streamID: UInt32) throws -> Frame {
        let request = TTRPCRequest(
            service: EchoMethods.unary.service,
            method: EchoMethods.unary.name,
            payload: try ConformanceMsg(text: text).serialized()
        )
        return Frame(.request, on: streamID, body: try request.serialized())
    }
}
