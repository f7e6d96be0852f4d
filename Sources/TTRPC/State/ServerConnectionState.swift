internal import Model
internal import Protobuf

/// What a server knows of one connection. Frames and the ends of handlers go in, actions and frames come out; it does no
/// I/O and reads no clock.
///
/// A stream is open from its Request to the frame that ends it, and after that nothing is sent on it. Its handler may run
/// on for a while, so handlers are counted apart.
struct ServerConnectionState {
    /// A stream that is open.
    private struct Stream {
        let kind: MethodKind
        /// Whether the client may send more.
        var remoteOpen: Bool
    }

    /// What is to be done for an event. Frames that answer it are in the queue already.
    enum Action {
        /// Nothing more.
        case none
        /// A call begins: run its handler.
        case start(Call, TTRPCRequest, Router.Entry)
        /// A message has come for a call, or the end of them, or both.
        case deliver([UInt8]?, isLast: Bool, to: Call)
        /// The stream has ended before its handler: stop the handler.
        case stop(Call, PackagingError)
    }

    private let router: Router
    private let maximumCalls: Int
    private let retryDelay: Duration
    private var streams: [UInt32: Stream] = [:]
    private var used = UsedStreamIDs()
    private var isDraining = false
    private var endedCalls: [UInt32] = []
    /// What is to be sent, and what has been received.
    var traffic: Traffic
    /// The handlers that run.
    private(set) var runningCalls = 0

    /// - Parameters:
    ///   - maximumCalls: Handlers that may run at once.
    ///   - retryDelay: When a client that is turned away may come again.
    init(router: Router, limits: Limits, maximumCalls: Int, retryDelay: Duration) {
        self.router = router
        self.maximumCalls = maximumCalls
        self.retryDelay = retryDelay
        self.traffic = Traffic(limits: limits)
    }

    /// Whether the connection has nothing left to do and is to be closed.
    var isDrained: Bool { isDraining && runningCalls == 0 && traffic.isFlushed }

    // MARK: What the client sends

    /// A frame has come.
    mutating func received(_ frame: Frame) -> Action {
        guard !frame.streamID.isMultiple(of: 2) else { return refuse(frame.streamID, .evenStreamID(frame.streamID)) }
        return switch frame.kind {
        case .request: receivedRequest(frame)
        case .data: receivedData(frame)
        default: .none  // kinds of later versions, and a Response, which is not for us
        }
    }

    /// The header of a frame has come that is too long. Its body is skipped.
    mutating func receivedOversized(_ header: FrameHeader) -> Action {
        let streamID = header.streamID
        let error = PackagingError.frameTooLong(header.length)
        guard !streamID.isMultiple(of: 2) else { return refuse(streamID, .evenStreamID(streamID)) }
        guard header.kind == .request || header.kind == .data else { return .none }
        if streams[streamID] != nil { return fail(streamID, error) }
        // A request that was not read has not spent its id.
        guard used.contains(streamID) else { return refuse(streamID, error) }
        return header.kind == .request ? refuse(streamID, .usedStreamID(streamID)) : .none
    }

    private mutating func receivedRequest(_ frame: Frame) -> Action {
        let streamID = frame.streamID
        if streams[streamID] != nil { return fail(streamID, .usedStreamID(streamID)) }
        guard used.insert(streamID) else { return refuse(streamID, .usedStreamID(streamID)) }
        let request: TTRPCRequest
        do {
            request = try TTRPCRequest(serialized: frame.body)
        } catch {
            return refuse(streamID, PackagingError(.invalidArgument, "cannot read the request: \(error)"))
        }
        guard !isDraining else { return refuse(streamID, .stopping(retryAfter: retryDelay)) }
        guard runningCalls < maximumCalls else {
            return refuse(streamID, .tooManyCalls(maximumCalls, retryAfter: retryDelay))
        }
        let entry: Router.Entry
        do {
            entry = try router.entry(service: request.service, method: request.method)
        } catch {
            return refuse(streamID, error)
        }

        let call = Call(streamID: streamID)
        let stream = Stream(kind: entry.kind, remoteOpen: frame.flags.contains(.remoteOpen))
        streams[streamID] = stream
        runningCalls += 1
        traffic.open(call, requestBytes: frame.body.count)
        if stream.kind.clientStreams {
            // In a client stream no payload means no message yet; Go and Rust open with none.
            if !request.payload.isEmpty {
                traffic.received(request.payload, on: streamID)
                call.inbox.push(request.payload)
            }
            if !stream.remoteOpen { call.inbox.finish() }
        }
        return .start(call, request, entry)
    }

    private mutating func receivedData(_ frame: Frame) -> Action {
        let streamID = frame.streamID
        guard let stream = streams[streamID], let call = traffic.call(streamID) else {
            // On a stream that has ended, our end and the client's frame may have crossed: no fault, and no answer.
            return used.contains(streamID) ? .none : refuse(streamID, .unopenedStream(streamID))
        }
        guard stream.kind.clientStreams, stream.remoteOpen else {
            if !frame.hasMessage || stream.kind == .serverStream { return .none }
            return fail(streamID, .unexpectedMessage(streamID))
        }
        let isLast = frame.flags.contains(.remoteClosed)
        if isLast { streams[streamID]?.remoteOpen = false }
        guard frame.hasMessage else { return isLast ? .deliver(nil, isLast: true, to: call) : .none }
        traffic.received(frame.body, on: streamID)
        return .deliver(frame.body, isLast: isLast, to: call)
    }

    // MARK: What handlers do

    /// A handler sends a message.
    mutating func submit(_ message: [UInt8], of call: Call) -> Traffic.Submission {
        traffic.submit(Frame(.data, on: call.streamID, body: message))
    }

    /// A handler has returned. `last` ends its stream, unless something else has.
    mutating func finished(_ call: Call, with last: Frame) {
        runningCalls -= 1
        endedCalls.append(call.streamID)
        guard streams.removeValue(forKey: call.streamID) != nil else { return }
        traffic.close(call.streamID)
        traffic.append(last)
    }

    /// A round of sending begins.
    ///
    /// - Returns: The calls whose handlers have returned since the last one.
    mutating func beginSend() -> [UInt32] {
        traffic.beginSend()
        defer { endedCalls = [] }
        return endedCalls
    }

    // MARK: The end

    /// From now on new calls are turned away, and the connection closes when those that run have ended.
    mutating func beginDraining() { isDraining = true }

    /// Time is up: ends every stream that is open.
    ///
    /// - Returns: The calls whose handlers are to be stopped, with the reason.
    mutating func stopAll() -> (calls: [Call], reason: PackagingError) {
        isDraining = true
        let reason = PackagingError.stopping(retryAfter: retryDelay)
        let calls = streams.keys.compactMap { traffic.call($0) }
        for call in calls { _ = fail(call.streamID, reason) }
        return (calls, reason)
    }

    /// The connection is gone.
    ///
    /// - Returns: The calls whose handlers are to be stopped.
    mutating func connectionLost() -> [Call] {
        isDraining = true
        streams = [:]
        return traffic.closeAll()
    }

    /// Answers on a stream that is not open.
    private mutating func refuse(_ streamID: UInt32, _ error: PackagingError) -> Action {
        traffic.append(.status(error, on: streamID))
        return .none
    }

    /// Ends an open stream with `error`; what it had queued is dropped.
    private mutating func fail(_ streamID: UInt32, _ error: PackagingError) -> Action {
        let call = traffic.call(streamID)
        streams[streamID] = nil
        traffic.dropQueued(streamID)
        traffic.close(streamID)
        traffic.append(.status(error, on: streamID))
        return call.map { .stop($0, error) } ?? .none
    }
}

extension MethodKind {
    /// Whether the client sends a stream of messages.
    var clientStreams: Bool { self == .clientStream || self == .bidi }
    /// Whether the server sends a stream of messages.
    var serverStreams: Bool { self == .serverStream || self == .bidi }
}
