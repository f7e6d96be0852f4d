internal import Concurrency
internal import Model
internal import NIOCore
internal import Protobuf
internal import Synchronization

/// A client's connection to a ttrpc server. Any number of tasks may make calls on it at the same time.
///
/// When the connection is lost, all its calls fail with `unavailable` at once. Later calls fail too, so a new
/// connection is needed. ttrpc has no flow control of its own: while 256 KiB of a stream are unread, all other calls of
/// the connection wait. Long streams should therefore have their own connections. A connection can carry 2³¹ calls.
///
/// It must be closed with ``close()``.
package final class RPCConnection: Sendable {
    let channel: any Channel
    private let address: Address
    private let limits: Limits
    private let state: Mutex<ClientConnectionState>
    private let port: NIOLoopBound<FramePort>

    /// Called only on the channel's event loop.
    init(_ channel: any Channel, to address: Address, isSecure: Bool = false, limits: Limits, firstStreamID: UInt32 = 1)
    {
        self.channel = channel
        self.address = address
        self.limits = limits
        self.state = Mutex(ClientConnectionState(limits: limits, firstStreamID: firstStreamID))
        self.port = NIOLoopBound(FramePort(channel, isSecure: isSecure), eventLoop: channel.eventLoop)
    }

    /// Whether calls can be made: false when the connection is lost or closed, or when its 2³¹ calls are used.
    package var isOpen: Bool { state.withLock { $0.isOpen } }

    /// The number of open calls.
    var openCalls: Int { state.withLock { $0.traffic.streamCount } }

    /// Closes the connection. Open calls fail with `cancelled`. Returns when it is closed; has no effect if it already
    /// is.
    package func close() async {
        state.withLock { $0.refuseCalls(PackagingError(.cancelled, "the connection was closed")) }
        channel.close(promise: nil)
        try? await channel.closeFuture.get()
    }

    // MARK: On the event loop

    /// Handles received bytes.
    func received(_ bytes: ByteBuffer) {
        port.value.append(bytes)
        decode()
        port.value.release()
    }

    /// The channel wants to read.
    func read(_ context: ChannelHandlerContext) {
        port.value.read(context, ifWanted: wantsRead)
    }

    /// Sends the waiting frames in one flush.
    func send() {
        state.withLock { $0.traffic.beginSend() }
        port.value.send {
            let next = state.withLock { $0.traffic.nextFrame() }
            next?.writer?.roomToWrite.send()
            return next?.frame
        }
        resume()
    }

    /// The channel is closed; `error` is the reason if there was one.
    func closed(_ error: (any Error)?) {
        // Received bytes count, even if a full buffer had kept us from handling them.
        while let event = port.value.next() { handle(event) }
        let lost = lost(error)
        let calls = state.withLock { state in
            let (calls, why) = state.connectionLost(lost)
            for call in calls { call.inbox.fail(why) }
            return calls
        }
        for call in calls { ended(call) }
    }

    /// The error of the calls of a lost connection.
    private func lost(_ error: (any Error)?) -> PackagingError {
        let what = "lost the connection to \"\(address)\""
        if let failure = error as? PackagingError, failure.reason == TLSFailure.Kind.required.rawValue {
            return TLSFailure(.required).error(what, cause: error)
        }
        // In TLS 1.3 a server judges our certificate after our handshake is over.
        if let error, let failure = TLSFailure(error, certificate: nil, now: .now) {
            return failure.error(what, cause: error)
        }
        return PackagingError(.unavailable, what + (error.map { ": \($0)" } ?? ""), cause: error)
    }

    private var wantsRead: Bool { state.withLock { $0.traffic.wantsRead } }

    /// Continues after a pause for a full buffer. The bytes already received come first, because no event announces
    /// them again.
    private func resume() {
        decode()
        if wantsRead { port.value.resumeReading() }
    }

    private func decode() {
        while wantsRead, let event = port.value.next() { handle(event) }
    }

    private func handle(_ event: FrameDecoder.Event) {
        let over: Call? = state.withLock { state in
            let action =
                switch event {
                case .frame(let frame): state.received(frame)
                case .oversized(let header): state.receivedOversized(header)
                }
            guard case .deliver(let message, let end, let call) = action else { return nil }
            // This is done under the lock, so that a writer that finds the stream ended also finds the reason in the
            // inbox.
            if let message { call.inbox.push(message) }
            switch end {
            case nil: return nil
            case .finished: call.inbox.finish()
            case .failed(let error): call.inbox.fail(error)
            }
            return call
        }
        if let over { ended(over) }
    }

    /// The peer has ended a call; the reason is in the call's inbox.
    private func ended(_ call: Call) {
        call.roomToWrite.send()
        call.over()
    }

    // MARK: From any thread

    /// Begins a call.
    func open(
        _ kind: MethodKind,
        _ request: TTRPCRequest,
        timeout: Duration?
    ) throws(PackagingError) -> Call {
        let bytes = try encoded(request, timeout)
        let (call, mustWake) = try state.withLock { (state) throws(PackagingError) in
            (try state.open(kind, request: bytes), state.traffic.scheduleSend())
        }
        if let timeout { limit(call, to: timeout) }
        if mustWake { wake() }
        return call
    }

    private func encoded(_ request: TTRPCRequest, _ timeout: Duration?) throws(PackagingError) -> [UInt8] {
        if Task.isCancelled { throw .callCancelled }
        if let timeout, timeout <= .zero { throw .deadlineExceeded(after: timeout) }
        let bytes: [UInt8]
        do {
            bytes = try request.serialized()
        } catch {
            throw PackagingError(.invalidArgument, "cannot write the request: \(error)")
        }
        guard bytes.count <= FrameHeader.maximumLength else { throw .frameTooLong(bytes.count) }
        return bytes
    }

    private func limit(_ call: Call, to timeout: Duration) {
        let amount = TimeAmount.nanoseconds(timeout.wholeNanoseconds)
        let timer = channel.eventLoop.scheduleTask(in: amount) { [self] in
            forget(call) { state in
                state.abandon(call)
                call.stop(.deadlineExceeded(after: timeout))
            }
        }
        call.whenOver { timer.cancel() }
    }

    private func wake() {
        channel.eventLoop.execute { self.send() }
    }
}

extension RPCConnection: CallTransport {
    func submit(_ message: [UInt8], of call: Call) -> Traffic.Submission {
        let (result, mustWake) = state.withLock { state in
            let result = state.submit(message, of: call)
            return (result, result == .queued && state.traffic.scheduleSend())
        }
        if mustWake { wake() }
        return result
    }

    func backlog(of call: Call) -> (bytes: Int, bound: Int) {
        (state.withLock { $0.traffic.queuedBytes(of: call.streamID) }, limits.streamSend)
    }

    func wasRead(_ message: [UInt8], of call: Call) {
        let mayResume = state.withLock { $0.traffic.read(message, on: call.streamID) }
        if mayResume { channel.eventLoop.execute { self.resume() } }
    }

    func finishSending(_ call: Call) {
        let mustWake = state.withLock { state in
            state.finishSending(call)
            return state.traffic.scheduleSend()
        }
        if mustWake { wake() }
    }

    func abandon(_ call: Call) {
        forget(call) { $0.abandon(call) }
    }

    /// Ends our half of a call, and forgets it.
    func leave(_ call: Call) {
        forget(call) { $0.leave(call) }
    }

    private func forget(_ call: Call, _ change: (inout ClientConnectionState) -> Void) {
        // Calls that have ended come here too. They have nothing to send, and reading already continued when they
        // ended.
        let mustWake = state.withLock { state in
            let before = state.traffic.streamCount
            change(&state)
            return state.traffic.streamCount != before && state.traffic.scheduleSend()
        }
        call.over()
        if mustWake { wake() }
    }
}

extension PackagingError {
    static func deadlineExceeded(after timeout: Duration) -> Self {
        Self(.deadlineExceeded, "the call did not end within \(timeout)")
    }
}

extension Duration {
    /// The duration in nanoseconds, limited to what the protocol and the event loop can count: 292 years.
    var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        guard seconds < Int64.max / 1_000_000_000 - 1 else { return .max }
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
