internal import PackagingMessages
internal import Protobuf
internal import TTRPC

/// A connection on which the daemon knows who calls, and goes on knowing it.
final class ClientConnection: Sendable {
    private let rpc: RPCConnection
    private let login: Login?

    init(_ rpc: RPCConnection, _ login: Login?) {
        self.rpc = rpc
        self.login = login
    }

    /// Whether calls can be made.
    var isOpen: Bool { rpc.isOpen }

    /// The daemon's answer to the present token; nil without one.
    var caller: AuthenticateReply? { login?.reply }

    /// Closes the connection; see `RPCConnection.close`.
    func close() async {
        login?.end()
        await rpc.close()
    }

    /// Makes a call with one request and one reply.
    func unary<I, O>(
        _ method: Method<I, O>,
        _ request: I,
        metadata: Metadata,
        timeout: Duration?
    ) async throws(PackagingError) -> O {
        // A token that ends while a call runs ends the call, which may have done its work. All others do no harm twice.
        let isOrder = (request as? CreateAllRequest)?.requestID.isEmpty == true
        return try await call(mayRepeat: !isOrder) { () async throws(PackagingError) in
            try await self.rpc.unary(method, request, metadata: metadata, timeout: timeout)
        }
    }

    /// Makes a call whose answer is a stream. It is not made again where the token is refused.
    func serverStream<I, O>(
        _ method: Method<I, O>,
        _ request: I,
        metadata: Metadata,
        timeout: Duration? = nil
    ) throws(PackagingError) -> MessageReader<O> {
        login?.streamBegins()
        return try rpc.serverStream(method, request, metadata: metadata, timeout: timeout)
    }

    /// Makes a call that sends a stream and gets one reply.
    ///
    /// - Parameter mayRepeat: Whether `send` can write the whole stream once more, where the daemon refuses the token.
    func clientStream<I, O>(
        _ method: Method<I, O>,
        metadata: Metadata,
        timeout: Duration?,
        mayRepeat: Bool = false,
        _ send: (MessageWriter<I>) async throws(PackagingError) -> Void
    ) async throws(PackagingError) -> O {
        try await call(mayRepeat: mayRepeat) { () async throws(PackagingError) in
            do {
                return try await self.rpc.clientStream(method, metadata: metadata, timeout: timeout) { writer in
                    try await send(writer)
                }
            } catch let error as PackagingError {
                throw error
            } catch {
                throw PackagingError(.unknown, "the call failed: \(error)", cause: error)
            }
        }
    }

    private func call<Reply>(
        mayRepeat: Bool,
        _ body: () async throws(PackagingError) -> Reply
    ) async throws(PackagingError) -> Reply {
        do throws(PackagingError) {
            guard let login else { return try await body() }
            return try await login.call(mayRepeat: mayRepeat, body)
        } catch {
            throw error.advisedForTLS
        }
    }
}
