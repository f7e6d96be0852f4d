internal import Model
package import Protobuf

/// Maps methods to handlers. It is made once, before the server starts.
package struct Router: Sendable {
    /// A method's handler, with messages as bytes.
    struct Entry: Sendable {
        let kind: MethodKind
        /// Whether it tells the server's health, which is also told when there is no place for another connection.
        var isHealthCheck: Bool
        /// Runs the handler; nil means the end of a server's stream.
        let run: @Sendable (InboundCall) async throws -> [UInt8]?
    }

    /// The form of a call that a handler's entry gets.
    struct InboundCall: Sendable {
        let payload: [UInt8]
        let call: Call
        let transport: any CallTransport
        let context: CallContext

        func reader<M: WireMessage>(of type: M.Type = M.self) -> MessageReader<M> {
            MessageReader(source: MessageSource(call, transport, isOwner: false))
        }

        func writer<M: WireMessage>(of type: M.Type = M.self) -> MessageWriter<M> {
            MessageWriter(call: call, transport: transport)
        }
    }

    /// The service that every supervisor knows, from gRPC's health checking protocol.
    private static let healthService = "grpc.health.v1.Health"

    /// Runs a handler, after deciding that the caller may do that. It throws if not. What the handler returns is the reply, or
    /// nil for the end of a stream, and must be returned.
    package typealias Admission =
        @Sendable (CallContext, _ handler: @escaping @Sendable () async throws -> [UInt8]?) async throws -> [UInt8]?

    private var services: [String: [String: Entry]] = [:]
    private let admission: Admission?

    /// A router without methods: every call is answered UNIMPLEMENTED.
    ///
    /// - Parameter admission: Runs each call; nil admits every call.
    package init(admission: Admission? = nil) {
        self.admission = admission
    }

    /// Answers `method` with one reply to one request. A second handler for the same method replaces the first.
    package mutating func register<I, O>(
        _ method: Method<I, O>,
        unary handler: @escaping @Sendable (I, CallContext) async throws -> O
    ) {
        add(method, .unary) { inbound in
            try await handler(I(received: inbound.payload), inbound.context).serialized()
        }
    }

    /// Answers `method` with a stream, which ends when the handler returns.
    package mutating func register<I, O>(
        _ method: Method<I, O>,
        serverStream handler: @escaping @Sendable (I, MessageWriter<O>, CallContext) async throws -> Void
    ) {
        add(method, .serverStream) { inbound in
            try await handler(I(received: inbound.payload), inbound.writer(), inbound.context)
            return nil
        }
    }

    /// Answers `method` with one reply to a stream. The handler may return before the stream's end.
    package mutating func register<I, O>(
        _ method: Method<I, O>,
        clientStream handler: @escaping @Sendable (MessageReader<I>, CallContext) async throws -> O
    ) {
        add(method, .clientStream) { inbound in
            try await handler(inbound.reader(), inbound.context).serialized()
        }
    }

    /// Answers `method` with a stream to a stream. Both end when the handler returns.
    package mutating func register<I, O>(
        _ method: Method<I, O>,
        bidi handler: @escaping @Sendable (MessageReader<I>, MessageWriter<O>, CallContext) async throws -> Void
    ) {
        add(method, .bidi) { inbound in
            try await handler(inbound.reader(), inbound.writer(), inbound.context)
            return nil
        }
    }

    /// All methods that have a handler, as `service/method`.
    package var methods: [String] {
        services.flatMap { service, methods in methods.keys.map { "\(service)/\($0)" } }.sorted()
    }

    private mutating func add<I, O>(
        _ method: Method<I, O>,
        _ kind: MethodKind,
        _ run: @escaping @Sendable (InboundCall) async throws -> [UInt8]?
    ) {
        let isHealthCheck = kind == .unary && method.service == Self.healthService
        guard let admission else {
            services[method.service, default: [:]][method.name] = Entry(
                kind: kind,
                isHealthCheck: isHealthCheck,
                run: run
            )
            return
        }
        services[method.service, default: [:]][method.name] = Entry(kind: kind, isHealthCheck: isHealthCheck) {
            inbound in
            try await admission(inbound.context) { try await run(inbound) }
        }
    }

    /// The handler of a method.
    ///
    /// - Throws: `unimplemented`, with the unknown service or method.
    func entry(service: String, method: String) throws(PackagingError) -> Entry {
        guard let methods = services[service] else {
            throw PackagingError(.unimplemented, "service \"\(service)\" does not exist here")
        }
        guard let entry = methods[method] else {
            throw PackagingError(.unimplemented, "service \"\(service)\" has no method \"\(method)\"")
        }
        return entry
    }
}
