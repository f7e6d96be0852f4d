import Model
import Protobuf
import TTRPC

/// The data messages that follow the header of a stream, as a sequence of their bytes.
struct Chunks<Message: WireMessage>: AsyncSequence, Sendable {
    typealias Element = [UInt8]
    typealias Failure = any Error

    private let messages: MessageReader<Message>
    private let bytes: @Sendable (Message) -> [UInt8]?

    init(
        _ messages: MessageReader<Message>,
        bytes: @escaping @Sendable (Message) -> [UInt8]?
    ) {
        self.messages = messages
        self.bytes = bytes
    }

    /// Goes on where the reader of the header stopped, because a stream has only one inbox.
    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(messages: messages.makeAsyncIterator(), bytes: bytes) }

    struct AsyncIterator: AsyncIteratorProtocol {
        var messages: MessageReader<Message>.AsyncIterator
        let bytes: @Sendable (Message) -> [UInt8]?

        mutating func next() async throws -> [UInt8]? {
            guard let message = try await messages.next() else { return nil }
            guard let bytes = bytes(message) else {
                throw PackagingError.invalid("data", "is missing: after the header come only bytes")
            }
            return bytes
        }
    }
}
