internal import Protobuf

/// The counted buffers of a connection: frames that wait to be sent, and messages that were received and not yet read.
///
/// Both the server's and the client's state use it. A stream is *known* from ``open(_:)`` to ``close(_:)``. After that
/// its queued frames are still sent, but its received messages no longer count.
struct Traffic {
    private struct Stream {
        var call: Call
        var unread = 0
        var request = 0
        var writerWaits = false
    }

    /// The result of submitting a message of a call.
    enum Submission: Hashable {
        /// The message is in the queue.
        case queued
        /// The stream's queue is full. A signal is sent when there is room again.
        case full
        /// The stream has ended, and nothing can be sent on it any more.
        case ended
    }

    private let limits: Limits
    private var streams: [UInt32: Stream] = [:]
    private var queue = SendQueue()
    private var fullStreams = 0
    private var requestBytes = 0
    private var unreadBytes = 0
    private var endedBytes = 0
    /// Whether the event loop was asked to send and has not yet begun.
    private var sendScheduled = false

    init(limits: Limits) {
        self.limits = limits
    }

    /// The number of known streams.
    var streamCount: Int { streams.count }

    /// Whether nothing waits to be sent.
    var isFlushed: Bool { queue.isEmpty }

    /// Whether more bytes may be read from the peer; false while a buffer is full.
    var wantsRead: Bool {
        fullStreams == 0 && requestBytes < limits.requests && endedBytes < limits.endedSend
            && unreadBytes < limits.connectionReceive
    }

    /// The received bytes that are kept: requests of open streams, and messages that nobody has read.
    var heldBytes: Int { requestBytes + unreadBytes }

    /// Begins to count for the stream of `call`. Its request counts `requestBytes` until the stream is closed.
    mutating func open(_ call: Call, requestBytes: Int = 0) {
        streams[call.streamID] = Stream(call: call, request: requestBytes)
        self.requestBytes += requestBytes
    }

    /// Stops counting for a stream. Its queued frames are still sent.
    mutating func close(_ streamID: UInt32) {
        guard let stream = streams.removeValue(forKey: streamID) else { return }
        if stream.unread >= limits.streamReceive { fullStreams -= 1 }
        requestBytes -= stream.request
        unreadBytes -= stream.unread
        endedBytes += queue.byteCount(of: streamID)
    }

    /// Queues a frame, such as one that ends a stream, even beyond the stream's limit.
    mutating func append(_ frame: Frame) {
        queue.append(frame)
        if streams[frame.streamID] == nil { endedBytes += frame.byteCount }
    }

    /// Drops the frames that wait on a stream.
    @discardableResult
    mutating func dropQueued(_ streamID: UInt32) -> [Frame] {
        if streams[streamID] == nil { endedBytes -= queue.byteCount(of: streamID) }
        return queue.removeAll(of: streamID)
    }

    /// Queues a message of a call, unless the stream's queue is full.
    mutating func submit(_ frame: Frame) -> Submission {
        guard streams[frame.streamID] != nil else { return .ended }
        let waiting = queue.byteCount(of: frame.streamID)
        // A message larger than the limit is queued only if no other frame waits.
        guard waiting == 0 || waiting + frame.byteCount <= limits.streamSend else {
            streams[frame.streamID]?.writerWaits = true
            return .full
        }
        queue.append(frame)
        return .queued
    }

    /// The number of bytes that wait on a stream.
    func queuedBytes(of streamID: UInt32) -> Int { queue.byteCount(of: streamID) }

    /// Asks for one round of sending.
    ///
    /// - Returns: Whether the event loop must be woken; false if it was already woken.
    mutating func scheduleSend() -> Bool {
        defer { sendScheduled = true }
        return !sendScheduled
    }

    /// Notes that a round of sending begins.
    mutating func beginSend() { sendScheduled = false }

    /// The next frame to send, and the call whose writer may continue because of it.
    mutating func nextFrame() -> (frame: Frame, writer: Call?)? {
        guard let frame = queue.popFirst() else { return nil }
        guard let stream = streams[frame.streamID] else {
            endedBytes -= frame.byteCount
            return (frame, nil)
        }
        // A writer is woken only when the queue is half empty, because waking it for each frame would switch threads
        // for each frame.
        guard stream.writerWaits, queue.byteCount(of: frame.streamID) <= limits.streamSend / 2 else {
            return (frame, nil)
        }
        streams[frame.streamID]?.writerWaits = false
        return (frame, stream.call)
    }

    /// Counts a message that was received on a stream.
    mutating func received(_ message: [UInt8], on streamID: UInt32) {
        guard let before = streams[streamID]?.unread else { return }
        let after = before + Limits.cost(of: message)
        streams[streamID]?.unread = after
        unreadBytes += Limits.cost(of: message)
        if before < limits.streamReceive, after >= limits.streamReceive { fullStreams += 1 }
    }

    /// Counts a message that was read by its call.
    ///
    /// - Returns: Whether the connection may be read again because of it.
    mutating func read(_ message: [UInt8], on streamID: UInt32) -> Bool {
        guard let before = streams[streamID]?.unread else { return false }
        let couldRead = wantsRead
        let after = before - Limits.cost(of: message)
        streams[streamID]?.unread = after
        unreadBytes -= Limits.cost(of: message)
        if before >= limits.streamReceive, after < limits.streamReceive { fullStreams -= 1 }
        return !couldRead && wantsRead
    }

    /// Forgets everything, because the connection is lost.
    ///
    /// - Returns: The calls that were open.
    mutating func closeAll() -> [Call] {
        defer { self = Traffic(limits: limits) }
        return streams.values.map(\.call)
    }

    /// Whether messages of a stream were received and nobody has read them yet.
    func hasUnread(_ streamID: UInt32) -> Bool { (streams[streamID]?.unread ?? 0) > 0 }

    /// The call of a stream that is known.
    func call(_ streamID: UInt32) -> Call? { streams[streamID]?.call }
}
