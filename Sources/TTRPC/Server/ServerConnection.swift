internal import Concurrency
internal import Logging
internal import Model
internal import NIOCore
internal import Protobuf
internal import Synchronization

/// One accepted connection: its state, and the tasks of its calls.
///
/// Each call has its own task. It is not a child task, because a child cannot be cancelled alone, and a deadline ends
/// only one call. Therefore ``run()`` itself waits for all of them.
final class ServerConnection: Sendable, CallTransport {
    /// The state that only the event loop uses.
    private final class OnLoop {
        let port: FramePort
        var running: [UInt32: (call: Call, task: Task<Void, Never>, deadline: Scheduled<Void>?)] = [:]
        var isActive = true
        var isClosing = false
        var frameSender = SlowSender(.frame)
        /// The client streams that may send more, by stream.
        var streamSenders: [UInt32: SlowSender] = [:]
        var senderTimer: Scheduled<Void>?

        init(_ channel: any Channel, isSecure: Bool) { port = FramePort(channel, isSecure: isSecure) }
    }

    private let channel: any Channel
    private let peer: Peer
    private let identifier: String
    private let logger: Logger
    private let limits: Limits
    private let room: ReceiveRoom
    private let values = ConnectionValues()
    private let state: Mutex<ServerConnectionState>
    private let onLoop: NIOLoopBound<OnLoop>
    private let ended: EventLoopPromise<Void>

    /// Called only on the channel's event loop.
    init(
        _ channel: any Channel,
        peer: Peer,
        isSecure: Bool = false,
        state: sending ServerConnectionState,
        limits: Limits,
        room: ReceiveRoom,
        logger: Logger
    ) {
        self.channel = channel
        self.peer = peer
        self.identifier = String(UInt64.random(in: 0 ... .max), radix: 16)
        self.logger = logger
        self.limits = limits
        self.room = room
        self.state = Mutex(state)
        self.onLoop = NIOLoopBound(OnLoop(channel, isSecure: isSecure), eventLoop: channel.eventLoop)
        self.ended = channel.eventLoop.makePromise()
    }

    // MARK: From any thread

    /// Returns when the connection is closed and its last handler has returned. Cancelling the task ends both.
    func run() async {
        await withTaskCancellationHandler {
            try? await ended.futureResult.get()
        } onCancel: {
            stop()
        }
    }

    /// Refuses new calls, and closes the connection when the running ones have ended.
    func drain() {
        // This takes effect at once, so that a call that arrives while the event loop is busy is refused too.
        state.withLock { $0.beginDraining() }
        channel.eventLoop.execute { self.send() }
    }

    /// Ends all calls and closes the connection.
    func stop() {
        channel.eventLoop.execute { [self] in
            let (calls, reason) = state.withLock { $0.stopAll() }
            for call in calls { call.stop(reason) }
            // The handlers whose streams have already ended are only in this list.
            for running in onLoop.value.running.values { running.task.cancel() }
            send()
            channel.close(promise: nil)
        }
    }

    /// The numbers of open streams and of running handlers.
    var load: (streams: Int, handlers: Int) { state.withLock { ($0.traffic.streamCount, $0.runningCalls) } }

    func submit(_ message: [UInt8], of call: Call) -> Traffic.Submission {
        let (result, mustWake) = state.withLock { state in
            let result = state.submit(message, of: call)
            return (result, result == .queued && state.traffic.scheduleSend())
        }
        if mustWake { channel.eventLoop.execute { self.send() } }
        return result
    }

    func backlog(of call: Call) -> (bytes: Int, bound: Int) {
        (state.withLock { $0.traffic.queuedBytes(of: call.streamID) }, limits.streamSend)
    }

    func wasRead(_ message: [UInt8], of call: Call) {
        let mayResume = state.withLock { $0.traffic.read(message, on: call.streamID) }
        settleRoom()
        if mayResume { channel.eventLoop.execute { self.resume() } }
    }

    func finishSending(_ call: Call) {}

    func abandon(_ call: Call) {}

    // MARK: On the event loop

    /// Handles received bytes.
    func received(_ bytes: ByteBuffer) {
        onLoop.value.port.append(bytes)
        onLoop.value.frameSender.received(bytes.readableBytes)
        decode()
        onLoop.value.port.release()
        watchSenders()
    }

    /// The peer speaks TLS, and this listener does not: says so in a frame, which the peer cannot read but which tells it
    /// that there is no TLS, and closes. Without this its greeting would count as a frame of 350 MB.
    func foundTLS() {
        guard !onLoop.value.isClosing else { return }
        state.withLock { state in
            state.beginDraining()
            state.traffic.append(.status(.noTLSHere, on: 1))
        }
        logger.warning("closed a connection that began TLS at a listener without TLS", metadata: ["peer": "\(peer)"])
        closeAfterSending()
    }

    /// The channel wants to read.
    func read(_ context: ChannelHandlerContext) {
        onLoop.value.port.read(context, ifWanted: wantsRead)
    }

    /// The channel is closed. A second call has no effect.
    func closed() {
        let onLoop = onLoop.value
        guard onLoop.isActive else { return }
        onLoop.isActive = false
        onLoop.senderTimer?.cancel()
        room.close()
        let calls = state.withLock { $0.connectionLost() }
        let reason = PackagingError(.cancelled, "the connection is closed")
        for call in calls { call.stop(reason) }
        for running in onLoop.running.values {
            running.task.cancel()
            running.deadline?.cancel()
        }
        if onLoop.running.isEmpty { ended.succeed() }
    }

    /// Sends the waiting frames in one flush, and handles the calls that have ended.
    func send() {
        let onLoop = onLoop.value
        for streamID in state.withLock({ $0.beginSend() }) {
            onLoop.running.removeValue(forKey: streamID)?.deadline?.cancel()
            onLoop.streamSenders[streamID] = nil
        }
        guard onLoop.isActive else {
            if onLoop.running.isEmpty { ended.succeed() }
            return
        }
        onLoop.port.send {
            let next = state.withLock { $0.traffic.nextFrame() }
            next?.writer?.roomToWrite.send()
            return next?.frame
        }
        resume()
        if !onLoop.isClosing, state.withLock({ $0.isDrained }) {
            onLoop.isClosing = true
            onLoop.port.closeAfterWrites()
        }
    }

    /// Continues after a pause for a full buffer. The bytes already received come first, because no event announces
    /// them again.
    private func resume() {
        let hasDecoded = decode()
        if wantsRead { onLoop.value.port.resumeReading() }
        // The handled frames may have been answered with refusals, and a round of sending may just have ended.
        if hasDecoded, state.withLock({ !$0.traffic.isFlushed && $0.traffic.scheduleSend() }) {
            channel.eventLoop.execute { self.send() }
        }
    }

    /// Handles the frames in the received bytes, as long as there is room for them.
    ///
    /// - Returns: Whether there were any.
    @discardableResult
    private func decode() -> Bool {
        let port = onLoop.value.port
        var hasDecoded = false
        while state.withLock({ $0.traffic.wantsRead }), let event = port.next(admit: hasRoom) {
            let action = state.withLock { state in
                switch event {
                case .frame(let frame): state.received(frame)
                case .oversized(let header): state.receivedOversized(header)
                }
            }
            room.frameIsComplete()
            onLoop.value.frameSender = SlowSender(.frame)
            perform(action)
            hasDecoded = true
        }
        settleRoom()
        return hasDecoded
    }

    /// Whether more bytes may be read: no buffer is full, and no frame waits for room.
    private var wantsRead: Bool { state.withLock { $0.traffic.wantsRead } && !room.isWaiting }

    /// Whether there is room for a frame of `length` bytes. If not, decoding continues when there is.
    private func hasRoom(for length: Int) -> Bool {
        room.admit(length, beside: state.withLock { $0.traffic.heldBytes }) { [self] steps in
            channel.eventLoop.execute { [self] in
                room.wasGranted(steps, isOpen: onLoop.value.isActive)
                if onLoop.value.isActive { resume() }
            }
        }
    }

    /// Gives back the room of bytes that are not held any more. Called from any thread.
    private func settleRoom() {
        room.settle { state.withLock { $0.traffic.heldBytes } }
    }

    /// Looks at the senders after a period, as long as something was begun.
    private func watchSenders() {
        let onLoop = onLoop.value
        guard onLoop.isActive, onLoop.senderTimer == nil, isFed else { return }
        let period = TimeAmount.nanoseconds(Int64(limits.senderPeriod / .nanoseconds(1)))
        onLoop.senderTimer = channel.eventLoop.scheduleTask(in: period) { [self] in
            self.onLoop.value.senderTimer = nil
            judgeSenders()
            watchSenders()
        }
    }

    /// Whether the peer has begun a frame, or a stream of messages.
    private var isFed: Bool { onLoop.value.port.progress != .none || !onLoop.value.streamSenders.isEmpty }

    /// A period is over: ends what comes too slowly.
    private func judgeSenders() {
        let onLoop = onLoop.value
        guard onLoop.isActive, !onLoop.isClosing else { return }
        let isReading = wantsRead
        let frame = onLoop.port.progress
        if onLoop.frameSender.periodEnded(isWaiting: isReading && frame != .none) {
            let (calls, reason) = state.withLock { state in
                switch frame {
                case .body(let header, _): state.endSlowFrame(on: header.streamID)
                case .header, .none: state.endSlowFrame(on: nil)
                }
            }
            for call in calls { stop(call, reason) }
            logger.info("closed a connection whose frame came too slowly", metadata: ["peer": "\(peer)"])
            return closeAfterSending()
        }
        let waiting = Set(state.withLock { $0.callsWaitingForClient }.map(\.streamID))
        for streamID in onLoop.streamSenders.keys {
            let isWaiting = isReading && waiting.contains(streamID)
            guard onLoop.streamSenders[streamID]?.periodEnded(isWaiting: isWaiting) == true else { continue }
            onLoop.streamSenders[streamID] = nil
            perform(state.withLock { $0.endSlowStream(streamID) })
        }
        send()
    }

    /// Sends what waits, and closes the connection though calls may be running.
    private func closeAfterSending() {
        send()
        guard !onLoop.value.isClosing else { return }
        onLoop.value.isClosing = true
        onLoop.value.port.closeAfterWrites()
    }

    private func perform(_ action: ServerConnectionState.Action) {
        switch action {
        case .none: break
        case .start(let call, let request, let entry):
            if entry.kind == .clientStream { onLoop.value.streamSenders[call.streamID] = SlowSender(.stream) }
            start(call, request, entry)
        case .deliver(let message, let isLast, let call):
            if let message {
                onLoop.value.streamSenders[call.streamID]?.received(message.count)
                call.inbox.push(message)
            }
            if isLast {
                onLoop.value.streamSenders[call.streamID] = nil
                call.inbox.finish()
            }
        case .stop(let call, let reason): stop(call, reason)
        }
    }

    private func stop(_ call: Call, _ reason: PackagingError) {
        call.stop(reason)
        onLoop.value.running[call.streamID]?.task.cancel()
    }

    private func start(_ call: Call, _ request: TTRPCRequest, _ entry: Router.Entry) {
        // A timeout of a year or more counts as none, because the clock may not be able to hold its end.
        let timeout = Duration.nanoseconds(request.timeoutNano)
        let isLimited = timeout > .zero && timeout < .seconds(365 * 86_400)
        let metadata = Metadata(request.metadata)
        let context = CallContext(
            method: "\(request.service)/\(request.method)",
            peer: peer,
            metadata: metadata,
            deadline: isLimited ? .now + timeout : nil,
            callID: CallID.chosen(in: metadata) ?? "\(identifier)-\(call.streamID)",
            connection: values
        )
        let timer: Scheduled<Void>? =
            if isLimited {
                channel.eventLoop.scheduleTask(in: .nanoseconds(request.timeoutNano)) { [self] in
                    stop(call, PackagingError(.deadlineExceeded, "the call did not end within \(timeout)"))
                }
            } else { nil }
        let task = Task {
            await LogFacts.$current.withValue(["call": context.callID]) {
                let last = await answer(call, request, entry, context)
                finished(call, with: last)
            }
        }
        onLoop.value.running[call.streamID] = (call, task, timer)
    }

    // MARK: In a call's task

    private func answer(
        _ call: Call,
        _ request: TTRPCRequest,
        _ entry: Router.Entry,
        _ context: CallContext
    ) async -> Frame {
        let begun = ContinuousClock.now
        do {
            let inbound = Router.InboundCall(payload: request.payload, call: call, transport: self, context: context)
            let reply = try await entry.run(inbound)
            log(request, context, since: begun, failure: call.stopped)
            guard let reply else { return .endOfStream(on: call.streamID) }
            return .reply(reply, on: call.streamID)
        } catch {
            let failure = sendable(error, call, context)
            log(request, context, since: begun, failure: failure)
            return .status(failure, on: call.streamID)
        }
    }

    /// Logs a call's end: our own faults at error; calls that ended well or were cancelled at debug; every other refusal
    /// at info, unless it only answers that something does not exist: callers look for things in this way, for instance to
    /// learn whether an id is that of a job or of a batch. If something that had to be there is missing, the error has a
    /// cause.
    private func log(
        _ request: TTRPCRequest,
        _ context: CallContext,
        since begun: ContinuousClock.Instant,
        failure: PackagingError?
    ) {
        let level: Logger.Level =
            switch failure?.code {
            case nil, .cancelled: .debug
            case .notFound where failure?.cause == nil: .debug
            case .internal, .unknown, .dataLoss: .error
            default: .info
            }
        // Most calls have a level that most daemons do not log.
        guard level >= logger.logLevel else { return }
        var metadata = context.notes.all.mapValues { Logger.MetadataValue.string($0) }
        metadata["method"] = "\(request.service)/\(request.method)"
        metadata["code"] = failure.map { "\($0.code)" } ?? "ok"
        metadata["ms"] = .stringConvertible(begun.duration(to: .now).wholeMilliseconds)
        metadata["peer"] = "\(peer)"
        if let failure { metadata["error"] = "\(failure)" }
        logger.log(level: level, failure == nil ? "call finished" : "call failed", metadata: metadata)
    }

    private func finished(_ call: Call, with last: Frame) {
        let mustWake = state.withLock { state in
            state.finished(call, with: last)
            return state.traffic.scheduleSend()
        }
        settleRoom()
        if mustWake { channel.eventLoop.execute { self.send() } }
    }

    /// The error that the caller gets for a handler's error, with the call's id for questions. Errors of other types
    /// are logged, and the caller gets no details.
    private func sendable(_ error: any Error, _ call: Call, _ context: CallContext) -> PackagingError {
        var sendable: PackagingError
        if let reason = call.stopped {
            // If the handler was stopped, its own error is only a consequence of that.
            sendable = reason
        } else if error is CancellationError {
            sendable = .callCancelled
        } else if let known = error as? PackagingError {
            sendable = known
        } else {
            logger.error(
                "a handler failed with an error that callers must not see",
                metadata: ["error": "\(String(reflecting: error))"]
            )
            sendable = PackagingError(.internal, "internal error")
        }
        sendable.metadata["callID"] = context.callID
        if sendable.code == .internal, sendable.hint == nil {
            sendable.hint = "The daemon's log tells more of call \"\(context.callID)\"."
        }
        return sendable
    }
}

extension Duration {
    /// The whole milliseconds of the duration.
    fileprivate var wholeMilliseconds: Int {
        Int(clamping: components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000)
    }
}

extension Peer {
    /// Whether it came over TCP.
    var isTCP: Bool { if case .tcp = self { true } else { false } }

    /// The same peer with the subject of its certificate.
    func with(_ subject: CertificateSubject?) -> Peer {
        if case .tcp(let address, _) = self { .tcp(address: address, certificate: subject) } else { self }
    }
}

extension Peer: CustomStringConvertible {
    /// The peer in the form for logs: `uid 1000 pid 4711`, or an address.
    package var description: String {
        switch self {
        case .unix(let pid, let uid, _): "uid \(uid) pid \(pid)"
        case .tcp(let address, _): address
        }
    }
}
