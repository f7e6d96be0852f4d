internal import Model
internal import Protobuf

/// The server's state of one connection. Its input is frames and the ends of handlers, its output is actions and
/// frames. It does no I/O and reads no clock.
///
/// A stream is open from its Request to the frame that ends it, and after that nothing is sent on it. Its handler may
/// continue for a while, so handlers are counted separately.
struct ServerConnectionState {
    /// A stream that is open.
    private struct Stream {
        let kind: MethodKind
        /// Whether the client may send more.
        var remoteOpen: Bool
    }

    /// The action that an event requires. Frames that answer the event are already in the queue.
    enum Action {
        /// No further action.
        case none
        /// A call begins: run its handler.
        case start(Call, TTRPCRequest, Router.Entry)
        /// A message was received for a call, or the end of its messages, or both.
        case deliver([UInt8]?, isLast: Bool, to: Call)
        /// The stream ended before its handler, so the handler must be stopped.
        case stop(Call, PackagingError)
    }

    private let router: Router
    private let maximumCalls: Int
    private let retryDelay: Duration
    private let answersOnlyHealth: Bool
    private let refusal: PackagingError
    private let account: PeerAccount?
    private var streams: [UInt32: Stream] = [:]
    private var used = UsedStreamIDs()
    private var isDraining = false
    private var endedCalls: [UInt32] = []
    /// The frames to send and the received messages.
    var traffic: Traffic
    /// The number of running handlers.
    private(set) var runningCalls = 0

    /// - Parameters:
    ///   - maximumCalls: Handlers that may run at once.
    ///   - retryDelay: The delay after which a refused client may call again.
    ///   - answersOnlyHealth: Whether the connection has one of the places that are kept for checks of the health. Its first
    ///     call is answered or refused, and then it is closed.
    ///   - refusal: What is then said to all other calls.
    ///   - account: Counts the calls of the peer; nil for one that is not limited.
    init(
        router: Router,
        limits: Limits,
        maximumCalls: Int,
        retryDelay: Duration,
        answersOnlyHealth: Bool = false,
        refusal: PackagingError? = nil,
        account: PeerAccount? = nil
    ) {
        self.router = router
        self.refusal = refusal ?? .tooManyConnections(retryAfter: retryDelay)
        self.account = account
        self.answersOnlyHealth = answersOnlyHealth
        self.maximumCalls = maximumCalls
        self.retryDelay = retryDelay
        self.traffic = Traffic(limits: limits)
    }

    /// Whether the connection has nothing left to do and should be closed.
    var isDrained: Bool { isDraining && runningCalls == 0 && traffic.isFlushed }

    // MARK: What the client sends

    /// Handles a received frame.
    mutating func received(_ frame: Frame) -> Action {
        guard !frame.streamID.isMultiple(of: 2) else { return refuse(frame.streamID, .evenStreamID(frame.streamID)) }
        return switch frame.kind {
        case .request: receivedRequest(frame)
        case .data: receivedData(frame)
        default: .none  // kinds of later versions, and Responses, which only clients receive
        }
    }

    /// Handles the header of a frame that is too long. The frame's body is skipped.
    mutating func receivedOversized(_ header: FrameHeader) -> Action {
        let streamID = header.streamID
        let error = PackagingError.frameTooLong(header.length)
        guard !streamID.isMultiple(of: 2) else { return refuse(streamID, .evenStreamID(streamID)) }
        guard header.kind == .request || header.kind == .data else { return .none }
        if streams[streamID] != nil { return fail(streamID, error) }
        // A request that was not read did not use its id.
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
        guard request.timeoutNano >= 0 else { return refuse(streamID, .negativeTimeout(request.timeoutNano)) }
        guard !isDraining else {
            return refuse(streamID, answersOnlyHealth ? refusal : .stopping(retryAfter: retryDelay))
        }
        if answersOnlyHealth { isDraining = true }
        guard runningCalls < maximumCalls else {
            return refuse(streamID, .tooManyCalls(maximumCalls, retryAfter: retryDelay))
        }
        let entry: Router.Entry
        do {
            entry = try router.entry(service: request.service, method: request.method)
        } catch {
            return refuse(streamID, error)
        }
        guard !answersOnlyHealth || entry.isHealthCheck else { return refuse(streamID, refusal) }
        if let account, !account.beginCall(exempt: entry.isHealthCheck) {
            return refuse(streamID, .tooManyCallsOfPeer(account.maximumCalls, retryAfter: retryDelay))
        }

        let call = Call(streamID: streamID)
        let stream = Stream(kind: entry.kind, remoteOpen: frame.flags.contains(.remoteOpen))
        streams[streamID] = stream
        runningCalls += 1
        traffic.open(call, requestBytes: frame.body.count)
        if stream.kind.clientStreams {
            // In a client stream, no payload means that there is no message yet; clients in Go and Rust open the stream
            // with none.
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
            // On an ended stream, our end and the client's frame may have crossed. That is not a fault, and there is no
            // answer.
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

    /// A handler has returned. `last` ends its stream, unless the stream has already ended.
    mutating func finished(_ call: Call, with last: Frame) {
        runningCalls -= 1
        account?.endCall()
        endedCalls.append(call.streamID)
        guard streams.removeValue(forKey: call.streamID) != nil else { return }
        traffic.close(call.streamID)
        traffic.append(last)
    }

    /// Notes that a round of sending begins.
    ///
    /// - Returns: The calls whose handlers have returned since the last round.
    mutating func beginSend() -> [UInt32] {
        traffic.beginSend()
        defer { endedCalls = [] }
        return endedCalls
    }

    // MARK: Slow senders

    /// The calls that wait for a message of their client.
    var callsWaitingForClient: [Call] {
        streams.compactMap { id, stream in
            guard stream.kind == .clientStream, stream.remoteOpen, let call = traffic.call(id), !traffic.hasUnread(id),
                call.inbox.isAwaited
            else { return nil }
            return call
        }
    }

    /// Ends a stream whose client sends too slowly.
    mutating func endSlowStream(_ streamID: UInt32) -> Action { fail(streamID, .streamTooSlow()) }

    /// Answers a frame that comes too slowly, and lets the connection end: there is no other way to get rid of the frame.
    ///
    /// - Parameter streamID: The frame's stream; nil if its header is not complete.
    mutating func endSlowFrame(on streamID: UInt32?) -> (calls: [Call], reason: PackagingError) {
        isDraining = true
        let reason = PackagingError.frameTooSlow()
        if let streamID, streams[streamID] == nil { _ = refuse(streamID, reason) }
        let calls = streams.keys.compactMap { traffic.call($0) }
        for call in calls { _ = fail(call.streamID, reason) }
        return (calls, reason)
    }

    // MARK: The end

    /// From now on new calls are refused, and the connection closes when the running ones have ended.
    mutating func beginDraining() { isDraining = true }

    /// Ends every open stream, because the drain timeout is over or the server's task was cancelled.
    ///
    /// - Returns: The calls whose handlers are to be stopped, with the reason.
    mutating func stopAll() -> (calls: [Call], reason: PackagingError) {
        isDraining = true
        let reason = PackagingError.stopping(retryAfter: retryDelay)
        let calls = streams.keys.compactMap { traffic.call($0) }
        for call in calls { _ = fail(call.streamID, reason) }
        return (calls, reason)
    }

    /// Handles the loss of the connection.
    ///
    /// - Returns: The calls whose handlers are to be stopped.
    mutating func connectionLost() -> [Call] {
        isDraining = true
        streams = [:]
        return traffic.closeAll()
    }

    /// Sends a refusal on a stream that is not open.
    private mutating func refuse(_ streamID: UInt32, _ error: PackagingError) -> Action {
        traffic.append(.status(error, on: streamID))
        return .none
    }

    /// Ends an open stream with `error`. Its queued frames are dropped.
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
