import ConformanceMessages
import Model
import Protobuf
import Testing

@testable import TTRPC

@Suite("State of a connection in a server")
struct ServerConnectionStateTests {
    private var state = Self.make()

    private static func make(limits: Limits = Limits(), maximumCalls: Int = 8) -> ServerConnectionState {
        ServerConnectionState(
            router: EchoService.router(),
            limits: limits,
            maximumCalls: maximumCalls,
            retryDelay: .seconds(2)
        )
    }

    private func request(
        _ streamID: UInt32,
        _ method: String = "Unary",
        flags: FrameHeader.Flags = [],
        payload: [UInt8] = []
    ) throws -> Frame {
        let request = TTRPCRequest(service: "conformance.v1.Echo", method: method, payload: payload)
        return Frame(.request, on: streamID, flags: flags, body: try request.serialized())
    }

    private mutating func start(_ frame: Frame) throws -> Call {
        guard case .start(let call, _, _) = state.received(frame) else { throw PackagingError(.unknown, "not started") }
        return call
    }

    /// The frames that are to be sent, with the code of each Response.
    private mutating func sent() throws -> [String] {
        var sent: [String] = []
        while let next = state.traffic.nextFrame() {
            let frame = next.frame
            if frame.kind == .response {
                let code = try TTRPCResponse(serialized: frame.body).status?.code ?? 0
                sent.append("\(frame.streamID): status \(code)")
            } else {
                sent.append("\(frame.streamID): " + (frame.hasMessage ? "message" : "end"))
            }
        }
        return sent
    }

    @Test("a request starts a call, and its reply ends the stream")
    mutating func unary() throws {
        let call = try start(request(1))
        #expect(state.traffic.streamCount == 1 && state.runningCalls == 1)
        state.finished(call, with: .reply([], on: 1))
        #expect(state.traffic.streamCount == 0 && state.runningCalls == 0)
        #expect(try sent() == ["1: status 0"])
        let ended = state.beginSend()
        #expect(ended == [1])
    }

    @Test("nothing is sent on a stream that has ended")
    mutating func nothingAfterEnd() throws {
        let call = try start(request(1, "Bidi", flags: .remoteOpen))
        let submission = state.submit([1], of: call)
        #expect(submission == .queued)
        // The stream fails while its handler runs: the queued message is dropped, and so are the handler's next ones.
        guard case .stop(let stopped, let reason) = try state.received(request(1)) else {
            Issue.record("the call was not stopped")
            return
        }
        #expect(stopped === call && reason.code == .invalidArgument)
        let late = state.submit([2], of: call)
        #expect(late == .ended)
        state.finished(call, with: .endOfStream(on: 1))
        #expect(try sent() == ["1: status 3"])
        #expect(state.runningCalls == 0)
    }

    @Test(
        "frames for a stream that has ended are ignored",
        arguments: [FrameHeader.Flags(), [.remoteClosed, .noData]]
    )
    mutating func crossing(_ flags: FrameHeader.Flags) throws {
        let call = try start(request(1, "Bidi", flags: .remoteOpen))
        state.finished(call, with: .endOfStream(on: 1))
        _ = state.received(Frame(.data, on: 1, flags: flags))
        #expect(try sent() == ["1: end"])
    }

    @Test("an oversized message fails its stream, and the handler is stopped")
    mutating func oversizedMessage() throws {
        let call = try start(request(1, "ClientStream", flags: .remoteOpen))
        let header = FrameHeader(length: FrameHeader.maximumLength + 1, streamID: 1, kind: .data)
        guard case .stop(let stopped, let reason) = state.receivedOversized(header) else {
            Issue.record("the call was not stopped")
            return
        }
        #expect(stopped === call && reason.code == .resourceExhausted)
        #expect(try sent() == ["1: status 8"])
    }

    @Test("an oversized frame of an unknown kind, from a later version, is ignored")
    mutating func oversizedUnknown() throws {
        let kind = FrameHeader.Kind(rawValue: 9)
        _ = state.receivedOversized(FrameHeader(length: FrameHeader.maximumLength + 1, streamID: 1, kind: kind))
        #expect(try sent() == [])
    }

    @Test("a connection has a limit of calls, which includes stopped handlers that have not returned")
    mutating func tooManyCalls() throws {
        state = Self.make(maximumCalls: 1)
        let call = try start(request(1))
        _ = try state.received(request(1))
        _ = try state.received(request(3))
        #expect(try sent() == ["1: status 3", "3: status 8"])
        state.finished(call, with: .reply([], on: 1))
        _ = try start(request(5))
    }

    @Test("a draining connection turns new calls away, and is done when the other answers have been sent")
    mutating func draining() throws {
        let call = try start(request(1))
        state.beginDraining()
        _ = try state.received(request(3))
        let refusal = try #require(state.traffic.nextFrame()?.frame)
        let error = try PackagingError(status: #require(TTRPCResponse(serialized: refusal.body).status))
        #expect(error.code == .unavailable && error.retryAfter == .seconds(2))
        #expect(!state.isDrained)
        state.finished(call, with: .reply([], on: 1))
        #expect(!state.isDrained, "the reply is not sent yet")
        #expect(try sent() == ["1: status 0"])
        #expect(state.isDrained)
    }

    @Test("when the time is up, every open stream ends with UNAVAILABLE")
    mutating func stopAll() throws {
        let call = try start(request(1))
        let (calls, reason) = state.stopAll()
        #expect(calls.map(\.streamID) == [1] && reason.code == .unavailable)
        #expect(try sent() == ["1: status 14"])
        #expect(!state.isDrained, "its handler still runs")
        state.finished(call, with: .reply([], on: 1))
        #expect(try sent() == [])
        #expect(state.isDrained)
    }

    @Test("a lost connection gives its calls back, and nothing is queued for it")
    mutating func lost() throws {
        let call = try start(request(1, "Bidi", flags: .remoteOpen))
        _ = state.submit([1], of: call)
        let calls = state.connectionLost()
        #expect(calls.map(\.streamID) == [1])
        let late = state.submit([1], of: call)
        #expect(late == .ended)
        state.finished(call, with: .endOfStream(on: 1))
        #expect(try sent() == [])
        #expect(state.traffic.streamCount == 0 && state.runningCalls == 0)
    }

    @Test("a stream queues up to its limit, and its writer is called back when half has been sent")
    mutating func sendBound() throws {
        state = Self.make(limits: Limits(streamSend: 100))
        let call = try start(request(1, "Bidi", flags: .remoteOpen))
        let beside = try start(request(3, "Bidi", flags: .remoteOpen))
        let message = [UInt8](repeating: 0, count: 15)
        let submissions = (0..<5).map { _ in state.submit(message, of: call) }
        #expect(submissions == [.queued, .queued, .queued, .queued, .full])
        let other = state.submit(message, of: beside)
        #expect(other == .queued, "another stream has a bound of its own")
        // 100 bytes wait; the writer is called when 50 are left.
        let writers = (0..<4).map { _ in state.traffic.nextFrame()?.writer?.streamID }
        #expect(writers == [nil, nil, 1, nil])
    }

    @Test("a message longer than the limit is sent alone")
    mutating func longMessage() throws {
        state = Self.make(limits: Limits(streamSend: 100))
        let call = try start(request(1, "Bidi", flags: .remoteOpen))
        let submissions = [[UInt8](repeating: 0, count: 500), [1]].map { state.submit($0, of: call) }
        #expect(submissions == [.queued, .full])
    }

    @Test("a full inbox stops reading until its call has read or ended", arguments: [true, false])
    mutating func receiveBound(reads: Bool) throws {
        state = Self.make(limits: Limits(streamReceive: 1000))
        let call = try start(request(1, "Bidi", flags: .remoteOpen))
        // Empty messages count as well, or their number would have no limit.
        for _ in 0..<16 { _ = state.received(Frame(.data, on: 1)) }
        #expect(!state.traffic.wantsRead)
        if reads {
            let resumes = state.traffic.read([], on: 1)
            #expect(resumes)
        } else {
            state.finished(call, with: .endOfStream(on: 1))
        }
        #expect(state.traffic.wantsRead)
    }

    @Test("requests that are being answered have a limit in bytes")
    mutating func requestBound() throws {
        state = Self.make(limits: Limits(requests: 1000))
        let call = try start(request(1, payload: ConformanceMsg(blob: .init(repeating: 0, count: 2000)).serialized()))
        #expect(!state.traffic.wantsRead)
        state.finished(call, with: .reply([], on: 1))
        #expect(state.traffic.wantsRead)
    }

    @Test("no more is read from a client that sends and never reads, once its answers fill the queue")
    mutating func answersUnread() throws {
        state = Self.make(limits: Limits(endedSend: 1000))
        var refusals = 0
        while state.traffic.wantsRead, refusals < 1000 {
            _ = state.received(Frame(.request, on: 2))
            refusals += 1
        }
        #expect(refusals < 20)
        _ = try sent()
        #expect(state.traffic.wantsRead)
    }
}
