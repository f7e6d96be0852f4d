internal import Model
internal import Protobuf

/// What a client knows of one connection. Calls and frames go in, frames and actions come out; it does no I/O and reads no
/// clock.
struct ClientConnectionState {
    /// A stream that is open: from its Request until the server ends it or nobody waits for it.
    private struct Stream {
        let kind: MethodKind
        /// Whether we may send more.
        var localOpen: Bool
    }

    /// How a call ended.
    enum End {
        /// As it should.
        case finished
        /// With an error, of the server or about it.
        case failed(PackagingError)
    }

    /// What is to be done for a frame.
    enum Action {
        /// Nothing: it belongs to a call that nobody waits for, or to a later version of the protocol.
        case none
        /// A message has come for a call, or its end, or both.
        case deliver([UInt8]?, End?, to: Call)
    }

    // Cut off within a number, so that no message can be read from it. Go's server, too, ends the stream with an error.
    private static let unreadableMessage: [UInt8] = [0xFF, 0xFF, 0xFF]

    private var streams: [UInt32: Stream] = [:]
    /// Nil once all 2³¹ odd ids are spent: ids are never used again.
    private var nextStreamID: UInt32?
    private var lost: PackagingError?
    /// What is to be sent, and what has been received.
    var traffic: Traffic

    init(limits: Limits, firstStreamID: UInt32 = 1) {
        self.nextStreamID = firstStreamID
        self.traffic = Traffic(limits: limits)
    }

    /// Whether calls can be made.
    var isOpen: Bool { lost == nil && nextStreamID != nil }

    // MARK: What the caller does

    /// Begins a call: takes the next stream id and queues the Request in one step, so that ids leave in order.
    ///
    /// - Throws: `unavailable` if the connection is lost or has spent its ids.
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

    /// Forgets a call that nobody waits for any more.
    ///
    /// What has not left is not sent. ttrpc has no frame for this, so a server learns of it only where our half is open:
    /// there it gets a message that cannot be read. An end of the stream would tell it that what it has is complete.
    mutating func abandon(_ call: Call) {
        guard let stream = streams.removeValue(forKey: call.streamID) else { return }
        let unsent = traffic.dropQueued(call.streamID)
        traffic.close(call.streamID)
        guard stream.localOpen, !unsent.contains(where: { $0.kind == .request }) else { return }
        traffic.append(Frame(.data, on: call.streamID, body: Self.unreadableMessage))
    }

    /// Ends our half and forgets a call whose last word nobody waits for. What is queued is still sent.
    mutating func leave(_ call: Call) {
        finishSending(call)
        guard streams.removeValue(forKey: call.streamID) != nil else { return }
        traffic.close(call.streamID)
    }

    // MARK: What the server sends

    /// A frame has come.
    mutating func received(_ frame: Frame) -> Action {
        guard let stream = streams[frame.streamID] else { return .none }
        return switch frame.kind {
        case .response: receivedResponse(frame, stream)
        case .data: receivedData(frame, stream)
        default: .none
        }
    }

    /// The header of a frame has come that is too long. Its body is skipped.
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

    /// The server has ended a stream. What we had queued on it is dropped: Go's server dies of a frame on an ended stream.
    private mutating func end(_ streamID: UInt32, _ message: [UInt8]?, _ end: End) -> Action {
        streams[streamID] = nil
        let call = traffic.call(streamID)
        traffic.dropQueued(streamID)
        traffic.close(streamID)
        return call.map { .deliver(message, end, to: $0) } ?? .none
    }

    // MARK: The end

    /// No more calls are made, because of `reason`. The first reason stays.
    mutating func refuseCalls(_ reason: PackagingError) { lost = lost ?? reason }

    /// The connection is gone.
    ///
    /// - Returns: The calls that were open, and the reason to fail them with.
    mutating func connectionLost(_ reason: PackagingError) -> (calls: [Call], reason: PackagingError) {
        let reason = lost ?? reason
        lost = reason
        streams = [:]
        return (traffic.closeAll(), reason)
    }
}
