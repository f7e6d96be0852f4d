internal import Protobuf
internal import TTRPC

extension RPCConnection {
    /// As the method of the same name, but for a `send` that throws only ``PackagingError``; then the call throws only
    /// that too.
    func clientStream<I, O>(
        _ method: Method<I, O>,
        metadata: Metadata,
        timeout: Duration?,
        _ send: (MessageWriter<I>) async throws(PackagingError) -> Void
    ) async throws(PackagingError) -> O {
        do {
            return try await clientStream(method, metadata: metadata, timeout: timeout) { writer in
                try await send(writer)
            }
        } catch let error as PackagingError {
            throw error
        } catch {
            throw PackagingError(.unknown, "the call failed: \(error)", cause: error)
        }
    }
}
