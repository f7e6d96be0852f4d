internal import Model
internal import Protobuf

/// The client's state of one connection. Its input is calls and frames, its output is frames and actions. It does no
/// I/O and reads no clock.
struct ClientConnectionState {
    /// An open stream: from its Request until the server ends it or no task waits for it any more.
    private struct Stream {
        let kind: MethodKind
        /// Whether we may send more.
        var localOpen: Bool
    }

    /// How a call ended.
    enum End {
        /// It ended without an error.
        case finished
        /// It ended with an error that the server sent, or that concerns the server.
        case failed(PackagingError)
    }

    /// The action that a frame requires.
    enum Action {
        /// No action: the frame belongs to a call that no task waits for, or to a later version of the protocol.
        case none
        /// A message was received for a call, or the call's end, or both.
        case deliver([UInt8]?, End?, to: Call)
    }

    // A number that is cut off, so that no message can be read from it. Go's server, too, ends the stream with an error
    // for it.
    private static let unreadableMessage: [UInt8] = [0xFF, 0xFF, 0xFF]

    private var streams: [UInt32: Stream] = [:]
    /// The next stream id; nil when all 2³¹ odd ids are used, because ids are never used again.
    private var nextStreamID: UInt32?
    private var lost: PackagingError?
    /// The frames to send and the received messages.
    var traffic: Traffic

    init(limits: Limits, firstStreamID: UInt32 = 1) {
        self.nextStreamID = firstStreamID
        self.traffic = Traffic(limits: limits)
    }

    /// Whether calls can be made.
    var isOpen: Bool { lost == nil && nextStreamID != nil }

    // MARK: What the caller does

    /// Begins a call: takes the next stream id and queues the Request in one step, so that ids are sent in order.
    ///
    /// - Throws: `unavailable` if the connection is lost or has used all its ids, `cancelled` if it was closed.
    mutating func open(_ kind: MethodKind, request: [UInt8]) throws(PackagingError) -> Call {
        if let lost { throw lost }
        guard let streamID = nextStreamID else {
            throw PackagingError(.unavailable, "the connection has made all the calls it can")
        }
        nextStreamID = streamID > .max - 2 ? nil : streamID + 2
        let call = Call(streamID: streamID)
        streams[streamID] = Stream(kind: kind, localOpen: kind.clientStreams)
        traffic.open(call)
        let flags: FrameHeader.Flags =
            switch kind {
            case .unary: []
            case .serverStream: .remoteClosed
            case .clientStream, .bidi: .remoteOpen
            }
        traffic.append(Frame(.request, on: streamID, flags: flags, body: request))
        return call
    }

    /// Sends a message of a call.
    mutating func submit(_ message: [UInt8], of call: Call) -> Traffic.Submission {
        guard streams[call.streamID]?.localOpen == true else { return .ended }
        return traffic.submit(Frame(.data, on: call.streamID, body: message))
    }

    /// Ends our half of a stream.
    mutating func finishSending(_ call: Call) {
        guard streams[call.streamID]?.localOpen == true else { return }
        streams[call.streamID]?.localOpen = false
        traffic.append(.endOfStream(on: call.streamID))
    }

    /// Forgets a call that no task waits for any more.
    ///
    /// Frames that are still queued are not sent. ttrpc has no frame for this, so the server learns of it only if our
    /// half is open: it then gets a message that cannot be read. A normal end of the stream would tell it that the
    /// messages so far are complete.
    mutating func abandon(_ call: Call) {
        guard let stream = streams.removeValue(forKey: call.streamID) else { return }
        let unsent = traffic.dropQueued(call.streamID)
        traffic.close(call.streamID)
        guard stream.localOpen, !unsent.contains(where: { $0.kind == .request }) else { return }
        traffic.append(Frame(.data, on: call.streamID, body: Self.unreadableMessage))
    }

    /// Ends our half and forgets a call whose result no task waits for. Queued frames are still sent.
    mutating func leave(_ call: Call) {
        finishSending(call)
        guard streams.removeValue(forKey: call.streamID) != nil else { return }
        traffic.close(call.streamID)
    }

    // MARK: What the server sends

    /// Handles a received frame.
    mutating func received(_ frame: Frame) -> Action {
        guard let stream = streams[frame.streamID] else { return .none }
        return switch frame.kind {
        case .response: receivedResponse(frame, stream)
        case .data: receivedData(frame, stream)
        default: .none
        }
    }

    /// Handles the header of a frame that is too long. The frame's body is skipped.
    mutating func receivedOversized(_ header: FrameHeader) -> Action {
        guard streams[header.streamID] != nil, header.kind == .response || header.kind == .data else { return .none }
        return end(header.streamID, nil, .failed(.frameTooLong(header.length)))
    }

    private mutating func receivedResponse(_ frame: Frame, _ stream: Stream) -> Action {
        let response: TTRPCResponse
        do {
            response = try TTRPCResponse(serialized: frame.body)
        } catch {
            return end(frame.streamID, nil, .failed(PackagingError(.internal, "cannot read the response: \(error)")))
        }
        if let status = response.status, status.code != 0 {
            return end(frame.streamID, nil, .failed(PackagingError(status: status)))
        }
        return end(frame.streamID, stream.kind.serverStreams ? nil : response.payload, .finished)
    }

    private mutating func receivedData(_ frame: Frame, _ stream: Stream) -> Action {
        let isLast = frame.flags.contains(.remoteClosed)
        guard stream.kind.serverStreams else {
            guard isLast || frame.hasMessage else { return .none }
            let error = PackagingError(.internal, "the server sent a stream where one reply was due")
            return end(frame.streamID, nil, .failed(error))
        }
        let message = frame.hasMessage ? frame.body : nil
        if isLast { return end(frame.streamID, message, .finished) }
        guard let message, let call = traffic.call(frame.streamID) else { return .none }
        traffic.received(message, on: frame.streamID)
        return .deliver(message, nil, to: call)
    }

    /// Handles the end of a stream by the server. Frames that we had queued on it are dropped, because Go's server
    /// crashes when it gets a frame on an ended stream.
    private mutating func end(_ streamID: UInt32, _ message: [UInt8]?, _ end: End) -> Action {
        streams[streamID] = nil
        let call = traffic.call(streamID)
        traffic.dropQueued(streamID)
        traffic.close(streamID)
        return call.map { .deliver(message, end, to: $0) } ?? .none
    }

    // MARK: The end

    /// Refuses further calls because of `reason`. Only the first reason counts.
    mutating func refuseCalls(_ reason: PackagingError) { lost = lost ?? reason }

    /// Handles the loss of the connection.
    ///
    /// - Returns: The calls that were open, and the reason to fail them with.
    mutating func connectionLost(_ reason: PackagingError) -> (calls: [Call], reason: PackagingError) {
        let reason = lost ?? reason
        lost = reason
        streams = [:]
        return (traffic.closeAll(), reason)
    }
}
