package import Model
package import Protobuf

extension RPCConnection {
    /// Makes a call with one request and one reply.
    ///
    /// Cancelling the task gives up the call on this side only. The server goes on, because ttrpc has no way to tell
    /// it.
    ///
    /// - Parameter timeout: How long to wait. It is sent to the server, which stops the call after that time. Nil is
    ///   for ever.
    /// - Throws: The server's error; `deadlineExceeded`; `unavailable` if the connection is lost; `cancelled`;
    ///   `resourceExhausted` if the request exceeds 4 MiB; it is then not sent.
    package func unary<I, O>(
        _ method: Method<I, O>,
        _ request: I,
        metadata: Metadata = [:],
        timeout: Duration? = nil
    ) async throws(PackagingError) -> O {
        let call = try open(method, try payload(request), metadata, timeout)
        return try await reply(of: MessageSource(call, self, isOwner: true))
    }

    /// Makes a call whose answer is a stream.
    ///
    /// Releasing the reader gives up the call on this side only. The server goes on sending until the connection
    /// closes.
    ///
    /// - Throws: As ``unary(_:_:metadata:timeout:)`` for errors before the first message; the reader throws later
    ///   errors.
    package func serverStream<I, O>(
        _ method: Method<I, O>,
        _ request: I,
        metadata: Metadata = [:],
        timeout: Duration? = nil
    ) throws(PackagingError) -> MessageReader<O> {
        let call = try open(method, try payload(request), metadata, timeout)
        return MessageReader(source: MessageSource(call, self, isOwner: true))
    }

    /// Makes a call that sends a stream and gets one reply.
    ///
    /// The stream ends when `send` returns. If the server answers earlier, its answer is the result, and an error of
    /// `send` about the rest is ignored. If `send` throws, the server gets an error instead of the end, so that it does
    /// not take the partial stream as complete.
    ///
    /// - Throws: What `send` throws, and as ``unary(_:_:metadata:timeout:)``.
    package func clientStream<I, O>(
        _ method: Method<I, O>,
        metadata: Metadata = [:],
        timeout: Duration? = nil,
        _ send: (MessageWriter<I>) async throws -> Void
    ) async throws -> O {
        let call = try open(method, [], metadata, timeout)
        let source = MessageSource(call, self, isOwner: true)
        do {
            try await send(MessageWriter(call: call, transport: self))
            finishSending(call)
        } catch {
            guard call.inbox.hasEnded else {
                abandon(call)
                throw error
            }
        }
        return try await reply(of: source)
    }

    /// Makes a call with a stream in each direction.
    ///
    /// When `body` returns, our half ends and the rest of the server's messages is dropped. When it throws, the server
    /// gets an error. To get all messages and the final status, read to the end within `body`.
    ///
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws, and as ``unary(_:_:metadata:timeout:)``.
    package func bidi<I, O, Result>(
        _ method: Method<I, O>,
        metadata: Metadata = [:],
        timeout: Duration? = nil,
        _ body: (MessageReader<O>, MessageWriter<I>) async throws -> Result
    ) async throws -> Result {
        let call = try open(method, [], metadata, timeout)
        // The reader is not the owner: when `body` releases it, messages that `body` has written must still be sent.
        let reader = MessageReader<O>(source: MessageSource(call, self, isOwner: false))
        do {
            let result = try await body(reader, MessageWriter(call: call, transport: self))
            leave(call)
            return result
        } catch {
            abandon(call)
            throw error
        }
    }

    private func open<I, O>(
        _ method: Method<I, O>,
        _ payload: [UInt8],
        _ metadata: Metadata,
        _ timeout: Duration?
    ) throws(PackagingError) -> Call {
        let request = TTRPCRequest(
            service: method.service,
            method: method.name,
            payload: payload,
            timeoutNano: timeout?.wholeNanoseconds ?? 0,
            metadata: metadata.wirePairs
        )
        return try open(method.kind, request, timeout: timeout)
    }

    private func payload(_ message: some WireMessage) throws(PackagingError) -> [UInt8] {
        do {
            return try message.serialized()
        } catch {
            throw PackagingError(.invalidArgument, "cannot write the request: \(error)")
        }
    }

    private func reply<O: WireMessage>(of source: MessageSource) async throws(PackagingError) -> O {
        guard let bytes = try await source.next() else {
            throw PackagingError(.internal, "the server ended the call without a reply")
        }
        return try O(received: bytes)
    }
}
