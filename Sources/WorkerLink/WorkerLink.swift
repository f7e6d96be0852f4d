package import Descriptors
internal import Glibc
internal import Processes
package import Protobuf

/// One end of the stream between a daemon and a worker: ttrpc frames over a Unix socket, with descriptors attached.
///
/// A worker serves only one call, so there is only one stream and no table of streams. Every call blocks. Not
/// thread-safe.
package final class WorkerLink {
    /// The first stream id that a ttrpc client uses.
    private static let streamID: UInt32 = 1
    private static let errorInfo = "type.googleapis.com/google.rpc.ErrorInfo"
    private static let domain = "worker.packaging.khipu"

    private let channel: DescriptorChannel
    private var peerHasFinished = false

    /// The end of the stream on `socket`. No other code may read from the socket or write to it.
    package init(_ socket: Descriptor) {
        channel = DescriptorChannel(socket)
    }

    // MARK: The daemon's side

    /// Opens the stream of `method`.
    package func open<Request, Reply>(_ method: Method<Request, Reply>) throws(WorkerLinkError) {
        let request = TTRPCRequest(service: method.service, method: method.name)
        try send(.request, .remoteOpen, try serialize(request))
    }

    // MARK: The worker's side

    /// Waits for the stream to be opened, and returns the method's name; nil if the daemon has closed its end without a
    /// call.
    package func accept<Request, Reply>(serviceOf method: Method<Request, Reply>) throws(WorkerLinkError) -> String? {
        guard let (header, body) = try receiveFrame() else { return nil }
        guard header.kind == .request, header.flags == .remoteOpen else {
            throw .violation("began with something other than a request")
        }
        let request: TTRPCRequest = try parse(body)
        guard request.service == method.service else {
            throw .violation("asked for the service \"\(request.service)\"")
        }
        return request.method
    }

    /// Ends the stream with an error.
    ///
    /// - Parameter shortage: What the machine is short of, if that is the reason.
    package func refuse(_ message: String, _ shortage: ReportedShortage? = nil) throws(WorkerLinkError) {
        // 13 is "internal" in google.rpc.Code, 8 is "resource exhausted".
        var status = RPCStatus(code: shortage == nil ? 13 : 8, message: message)
        if let shortage {
            let info = RPCErrorInfo(reason: shortage.rawValue, domain: Self.domain)
            status.details = [ProtoAny(typeURL: Self.errorInfo, value: try serialize(info))]
        }
        try send(.response, [], try serialize(TTRPCResponse(status: status)))
    }

    /// The error that ``refuse(_:_:)`` of the other end sent.
    private func error(in response: TTRPCResponse) -> WorkerLinkError {
        let reason = response.status?.message ?? "the call ended without a result"
        for any in response.status?.details ?? [] where any.typeURL == Self.errorInfo {
            guard let info = try? RPCErrorInfo(serialized: any.value), info.domain == Self.domain,
                let shortage = ReportedShortage(rawValue: info.reason)
            else { continue }
            return .short(shortage, reason)
        }
        return .refused(reason)
    }

    // MARK: Both sides

    /// Sends one message, and copies of `descriptors` with it.
    ///
    /// If the other end is closed, the message is lost without an error. ``receive(_:)`` then throws the reason that the
    /// other end may have sent before, or ``WorkerLinkError/closed``.
    package func send(_ message: some WireMessage, descriptors: [Descriptor] = []) throws(WorkerLinkError) {
        try send(.data, [], try serialize(message), descriptors)
    }

    /// Tells the other end that no more messages follow.
    package func finish() throws(WorkerLinkError) {
        try send(.data, [.remoteClosed, .noData], [])
    }

    /// Waits for the next message; nil if the other end has said that no more follow.
    ///
    /// - Throws: ``WorkerLinkError/closed`` if the other end closes without having said so.
    package func receive<Message: WireMessage>(_: Message.Type = Message.self) throws(WorkerLinkError) -> Message? {
        guard !peerHasFinished else { return nil }
        guard let (header, body) = try receiveFrame() else { throw .closed }
        switch header.kind {
        case .data where header.flags == [.remoteClosed, .noData] && body.isEmpty:
            peerHasFinished = true
            return nil
        case .data where header.flags.isEmpty:
            return try parse(body)
        case .response:
            let response: TTRPCResponse = try parse(body)
            throw error(in: response)
        default:
            throw .violation("sent a frame of type \(header.kind.rawValue) with the flags \(header.flags.rawValue)")
        }
    }

    /// The next descriptor that came with the messages received so far.
    package func takeDescriptor() throws(WorkerLinkError) -> Descriptor {
        guard let descriptor = channel.takeDescriptor() else { throw .violation("sent no descriptor") }
        return descriptor
    }

    // MARK: Frames

    private func send(
        _ kind: FrameHeader.Kind,
        _ flags: FrameHeader.Flags,
        _ body: [UInt8],
        _ descriptors: [Descriptor] = []
    ) throws(WorkerLinkError) {
        let header = FrameHeader(length: body.count, streamID: Self.streamID, kind: kind, flags: flags)
        do {
            try channel.send(header.serialized() + body, descriptors: descriptors)
        } catch let error as ProcessError {
            guard WorkerLinkError(error) != .closed else { return }
            throw WorkerLinkError(error)
        } catch {
            throw .failed("could not send a message of \(body.count) bytes: \(error)")
        }
    }

    private func receiveFrame() throws(WorkerLinkError) -> (header: FrameHeader, body: [UInt8])? {
        guard let bytes = try receive(exactly: FrameHeader.size) else { return nil }
        let header: FrameHeader
        do throws(WireError) {
            header = try unsafe FrameHeader(bytes.span.bytes)
        } catch {
            throw .violation("sent a frame that \(error)")
        }
        guard header.streamID == Self.streamID else { throw .violation("sent a frame of stream \(header.streamID)") }
        // This is checked before the body is buffered.
        guard !header.exceedsMaximum else { throw .violation("announced a frame of \(header.length) bytes") }
        guard header.length > 0 else { return (header, []) }
        guard let body = try receive(exactly: header.length) else { throw .closed }
        return (header, body)
    }

    private func receive(exactly count: Int) throws(WorkerLinkError) -> [UInt8]? {
        do throws(ProcessError) {
            return try channel.receive(exactly: count)
        } catch {
            throw WorkerLinkError(error)
        }
    }

    private func serialize(_ message: some WireMessage) throws(WorkerLinkError) -> [UInt8] {
        do throws(WireError) {
            return try message.serialized()
        } catch {
            throw .failed("could not write a message: \(error)")
        }
    }

    private func parse<Message: WireMessage>(_ body: [UInt8]) throws(WorkerLinkError) -> Message {
        do throws(WireError) {
            return try Message(serialized: body)
        } catch {
            throw .violation("sent a message that is no \(Message.messageName): \(error)")
        }
    }
}

extension WorkerLinkError {
    fileprivate init(_ error: ProcessError) {
        self =
            switch error.number {
            case EPIPE, ECONNRESET: .closed
            case EMSGSIZE: .violation("sent more descriptors than it named")
            case ENOMEM, ENOBUFS: .short(.memory, "\(error)")
            case EMFILE, ENFILE, ETOOMANYREFS: .short(.descriptors, "\(error)")
            default: .failed("\(error)")
            }
    }
}
