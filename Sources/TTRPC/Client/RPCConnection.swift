internal import Concurrency
internal import Model
internal import NIOCore
internal import Protobuf
internal import Synchronization

/// A client's connection to a ttrpc server. Any number of tasks may call over it at once.
///
/// When the connection is lost, all its calls fail with `unavailable` at once, and so does every call made later: connect
/// again. ttrpc has no flow control of its own, so a stream that is not read holds up the calls beside it once 256 KiB of
/// it wait; give long streams connections of their own. A connection carries 2³¹ calls in its life.
///
/// It must be closed with ``close()``.
package final class RPCConnection: Sendable {
    let channel: any Channel
    private let address: Address
    private let limits: Limits
    private let state: Mutex<ClientConnectionState>
    private let port: NIOLoopBound<FramePort>

    /// On the channel's event loop only.
    init(_ channel: any Channel, to address: Address, limits: Limits, firstStreamID: UInt32 = 1) {
        self.channel = channel
        self.address = address
        self.limits = limits
        self.state = Mutex(ClientConnectionState(limits: limits, firstStreamID: firstStreamID))
        self.port = NIOLoopBound(FramePort(channel), eventLoop: channel.eventLoop)
    }

    /// Whether calls can be made: false once the connection is lost or closed, or its 2³¹ calls are made.
    package var isOpen: Bool { state.withLock { $0.isOpen } }

    /// The calls that are open.
    var openCalls: Int { state.withLock { $0.traffic.streamCount } }

    /// Closes the connection. Calls that are open fail with `cancelled`. Returns when it is closed; harmless when it is
    /// already.
    package func close() async {
        state.withLock { $0.refuseCalls(PackagingError(.cancelled, "the connection was closed")) }
        channel.close(promise: nil)
        try? await channel.closeFuture.get()
    }

    // MARK: On the event loop

    /// Bytes have come.
    func received(_ bytes: ByteBuffer) {
        port.value.append(bytes)
        decode()
    }

    /// The channel wants to read.
    func read(_ context: ChannelHandlerContext) {
        port.value.read(context, ifWanted: wantsRead)
    }

    /// Sends what waits, in one flush.
    func send() {
        state.withLock { $0.traffic.beginSend() }
        port.value.send {
            let next = state.withLock { $0.traffic.nextFrame() }
            next?.writer?.roomToWrite.send()
            return next?.frame
        }
        resume()
    }

    /// The channel is closed, because of `error` if there was one.
    func closed(_ error: (any Error)?) {
        // What has come counts, even where a full buffer had stopped us from looking at it.
        while let event = port.value.next() { handle(event) }
        let reason = error.map { ": \($0)" } ?? ""
        let lost = PackagingError(.unavailable, "lost the connection to \"\(address)\"\(reason)", cause: error)
        let calls = state.withLock { state in
            let (calls, why) = state.connectionLost(lost)
            for call in calls { call.inbox.fail(why) }
            return calls
        }
        for call in calls { ended(call) }
    }

    private var wantsRead: Bool { state.withLock { $0.traffic.wantsRead } }

    /// Goes on where a full buffer had stopped it: first with the bytes that have come, which no event announces again.
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
            // Under the lock, so that a writer who finds the stream ended finds in the inbox how.
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

    /// The peer has ended a call, and its inbox says how.
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
        // Calls that have ended come by here too. They have nothing to send, and reading went on when they ended.
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
    /// The nanoseconds in it, as far as the protocol and the event loop can count: 292 years.
    var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        guard seconds < Int64.max / 1_000_000_000 - 1 else { return .max }
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
