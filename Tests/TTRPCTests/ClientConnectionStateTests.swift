import Model
import Protobuf
import Testing

@testable import TTRPC

@Suite("State of a connection in a client")
struct ClientConnectionStateTests {
    private var state = ClientConnectionState(limits: Limits())

    private mutating func sent() -> [Frame] {
        var frames: [Frame] = []
        while let next = state.traffic.nextFrame() { frames.append(next.frame) }
        return frames
    }

    /// The reason why a call cannot be made.
    private mutating func refusal() -> PackagingError? {
        do {
            _ = try state.open(.unary, request: [])
            return nil
        } catch {
            return error
        }
    }

    @Test("ids are odd, rise by two, and are sent in order, and flags tell the kind of the call")
    mutating func open() throws {
        for kind in [MethodKind.unary, .serverStream, .clientStream, .bidi] { _ = try state.open(kind, request: [7]) }
        let frames = sent()
        #expect(frames.map(\.streamID) == [1, 3, 5, 7])
        #expect(frames.map(\.flags) == [[], .remoteClosed, .remoteOpen, .remoteOpen])
    }

    @Test("when all ids are used the connection takes no more calls, and no id is used again")
    mutating func idsSpent() throws {
        state = ClientConnectionState(limits: Limits(), firstStreamID: .max - 2)
        let calls = [try state.open(.unary, request: []), try state.open(.unary, request: [])]
        #expect(calls.map(\.streamID) == [.max - 2, .max])
        #expect(!state.isOpen)
        let error = refusal()
        #expect(error?.code == .unavailable)
        guard case .deliver(_, .finished, to: let call) = state.received(Frame(.response, on: .max)) else {
            Issue.record("calls that are open go on")
            return
        }
        #expect(call === calls[1])
    }

    @Test("a call given up before its request has left sends nothing")
    mutating func abandonUnsent() throws {
        let call = try state.open(.clientStream, request: [])
        _ = state.submit([1], of: call)
        state.abandon(call)
        #expect(sent() == [])
        #expect(state.traffic.streamCount == 0)
    }

    @Test("a stream given up half-way gets an unreadable message, and no end, so that it cannot look whole")
    mutating func abandonHalfWay() throws {
        let call = try state.open(.clientStream, request: [])
        _ = sent()
        _ = state.submit([1], of: call)
        state.abandon(call)
        #expect(sent() == [Frame(.data, on: 1, body: [0xFF, 0xFF, 0xFF])])
        state.abandon(call)
        #expect(sent() == [])
    }

    @Test("leaving a stream sends what was queued and the end")
    mutating func leave() throws {
        let call = try state.open(.bidi, request: [])
        _ = state.submit([1], of: call)
        state.leave(call)
        #expect(sent().map(\.flags) == [.remoteOpen, [], [.remoteClosed, .noData]])
        #expect(state.traffic.streamCount == 0)
    }

    @Test("a late reply to a call that was given up is ignored")
    mutating func lateReply() throws {
        let call = try state.open(.unary, request: [])
        _ = sent()
        state.abandon(call)
        #expect(sent() == [])
        guard case .none = state.received(Frame(.response, on: 1)) else {
            Issue.record("a frame for nobody was delivered")
            return
        }
    }

    @Test("nothing is sent on a stream that the server has ended, not even queued messages")
    mutating func endedByServer() throws {
        let call = try state.open(.bidi, request: [])
        _ = sent()
        _ = state.submit([1], of: call)
        _ = state.received(.endOfStream(on: 1))
        let late = state.submit([2], of: call)
        #expect(late == .ended)
        state.finishSending(call)
        state.abandon(call)
        #expect(sent() == [])
    }

    @Test("a stream message in place of the reply fails that call only", arguments: [MethodKind.unary, .clientStream])
    mutating func unexpectedStream(_ kind: MethodKind) throws {
        _ = try state.open(kind, request: [])
        _ = try state.open(.unary, request: [])
        guard case .deliver(nil, .failed(let error), to: _) = state.received(Frame(.data, on: 1, body: [1])) else {
            Issue.record("the call did not fail")
            return
        }
        #expect(error.code == .internal)
        #expect(state.traffic.streamCount == 1)
    }

    @Test("an oversized frame fails only its call")
    mutating func oversized() throws {
        _ = try state.open(.unary, request: [])
        let header = FrameHeader(length: FrameHeader.maximumLength + 1, streamID: 1, kind: .response)
        guard case .deliver(nil, .failed(let error), to: _) = state.receivedOversized(header) else {
            Issue.record("the call did not fail")
            return
        }
        #expect(error.code == .resourceExhausted)
        #expect(state.isOpen)
    }

    @Test("a lost connection fails its calls with the first reason, and every later call")
    mutating func lost() throws {
        _ = try state.open(.unary, request: [])
        let (calls, reason) = state.connectionLost(PackagingError(.unavailable, "first"))
        #expect(calls.map(\.streamID) == [1] && reason.message == "first")
        let again = state.connectionLost(PackagingError(.unavailable, "second"))
        #expect(again.calls.isEmpty && again.reason.message == "first")
        let error = refusal()
        #expect(error?.message == "first")
    }
}
