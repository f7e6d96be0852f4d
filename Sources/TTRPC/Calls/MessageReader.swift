public import Model
public import Protobuf

/// The messages of one stream, in the order they were sent.
///
/// It is read once, by one task. While 256 KiB of the stream have come and are not read, its connection is read no
/// further. A client that lets go of its reader gives up the call.
public struct MessageReader<Message: WireMessage>: AsyncSequence, Sendable {
    /// A stream of these.
    public typealias Element = Message
    /// Why a stream ends early.
    public typealias Failure = PackagingError

    let source: MessageSource

    /// Starts reading.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(source: source) }

    /// Reads one message after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let source: MessageSource

        /// The next message, once there is one; nil at the end.
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

/// What a reader reads from: the inbox of a call, which is given up with the last reader.
final class MessageSource: Sendable {
    let call: Call
    private let transport: any CallTransport
    private let isOwner: Bool

    /// - Parameter isOwner: Whether the call is over when nobody reads; a server's is when its handler returns.
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
    /// The code is the one that Go's implementation answers with.
    init(received bytes: [UInt8]) throws(PackagingError) {
        do {
            self = try Self(serialized: bytes)
        } catch {
            throw PackagingError(.internal, "cannot read a message: \(error)")
        }
    }
}
