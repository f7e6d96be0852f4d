public import Model
public import Protobuf

/// The messages of one stream, in the order they were sent.
///
/// It is read once, by one task. While 256 KiB of the stream are received and unread, the whole connection is not read.
/// A client that releases the reader of a server's stream gives up the call. A call with a stream in each direction goes on
/// without its reader.
public struct MessageReader<Message: WireMessage>: AsyncSequence, Sendable {
    /// The messages of the stream.
    public typealias Element = Message
    /// The error that ends a stream early.
    public typealias Failure = PackagingError

    let source: MessageSource

    /// Starts reading.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(source: source) }

    /// Reads one message after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let source: MessageSource

        /// Waits for the next message; nil at the end.
        ///
        /// - Throws: the peer's error, `internal` for a message that cannot be read, `deadlineExceeded`, `unavailable` if
        ///   the connection is lost, `cancelled` if the task is cancelled.
        public mutating func next() async throws(PackagingError) -> Message? {
            guard let bytes = try await source.next() else { return nil }
            return try Message(received: bytes)
        }

        /// As ``next()``.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(PackagingError) -> Message? {
            guard let bytes = try await source.next() else { return nil }
            return try Message(received: bytes)
        }
    }
}

/// The source of a reader: the inbox of a call. If it owns the call, the call is given up when the last reader is released.
final class MessageSource: Sendable {
    let call: Call
    private let transport: any CallTransport
    private let isOwner: Bool

    /// - Parameter isOwner: Whether the call ends when the last reader is released. It does not on a server, where it ends
    ///   when its handler returns, and not in a client's call with a stream in each direction, where it ends with its body.
    init(_ call: Call, _ transport: any CallTransport, isOwner: Bool) {
        self.call = call
        self.transport = transport
        self.isOwner = isOwner
    }

    deinit {
        if isOwner { transport.abandon(call) }
    }

    /// The next message's bytes; nil at the end.
    func next() async throws(PackagingError) -> [UInt8]? {
        switch await call.inbox.next() {
        case .message(let bytes):
            transport.wasRead(bytes, of: call)
            return bytes
        case .end: return nil
        case .failure(let error): throw error
        }
    }
}

extension WireMessage {
    /// Reads a message that a peer sent.
    ///
    /// The error's code is the same as in Go's implementation.
    init(received bytes: [UInt8]) throws(PackagingError) {
        do {
            self = try Self(serialized: bytes)
        } catch {
            throw PackagingError(.internal, "cannot read a message: \(error)")
        }
    }
}
