internal import Concurrency
public import Model
public import Protobuf

/// Sends the messages of one stream, in order.
public struct MessageWriter<Message: WireMessage>: Sendable {
    let call: Call
    let transport: any CallTransport

    /// Sends `message`.
    ///
    /// Returns when the message is queued. If it does not fit into the 256 KiB of the stream that may wait to be sent, it
    /// is queued when at most half of them still wait and it fits. A message larger than that waits until it is alone.
    /// The peer may not have the message when this returns.
    ///
    /// - Throws: `resourceExhausted` if the message exceeds 4 MiB (nothing is sent and the stream goes on), `internal` if
    ///   it cannot be written, `cancelled` if the task is cancelled or the peer has ended the stream, and the error with
    ///   which the call was stopped or the peer ended it, such as `deadlineExceeded`.
    public func write(_ message: Message) async throws(PackagingError) {
        let bytes: [UInt8]
        do {
            bytes = try message.serialized()
        } catch {
            throw PackagingError(.internal, "cannot write a message of a stream: \(error)")
        }
        guard bytes.count <= FrameHeader.maximumLength else { throw .frameTooLong(bytes.count) }
        while true {
            if Task.isCancelled { throw call.stopped ?? .callCancelled }
            let count = call.roomToWrite.count
            switch transport.submit(bytes, of: call) {
            case .queued: return
            case .full: await call.roomToWrite.wait(since: count)
            case .ended:
                throw call.stopped ?? call.inbox.failure ?? PackagingError(.cancelled, "the peer has ended the stream")
            }
        }
    }

    /// Whether the peer reads more slowly than we write: more than half of the 256 KiB that the stream may queue are
    /// waiting. Messages that are not essential, such as a step of progress, should then be left out.
    public var isBacklogged: Bool {
        let (bytes, bound) = transport.backlog(of: call)
        return bytes > bound / 2
    }

    /// Tells the peer that there are no more messages. For clients; a server's stream ends when its handler returns.
    ///
    /// Writing afterwards fails.
    public func finish() {
        transport.finishSending(call)
    }
}
