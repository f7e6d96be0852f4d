/// Generates a method of the client for each method of a service.
///
/// The methods use parts of the client that are written by hand: `connection()`, which opens or shares a connection,
/// `metadata`, which is sent with every call, and a `clientStream` of the connection that throws only PackagingError.
struct ClientGenerator {
    let schema: Schema
    let file: ProtoFile

    func generate() throws(GeneratorError) -> [Request.Output] {
        var outputs: [Request.Output] = []
        for service in file.services {
            var text = SwiftText()
            text.header(of: file)
            text.line("public import PackagingMessages")
            // Only the signatures of streams contain types of TTRPC.
            let hasStreams = service.methods.contains { $0.kind != .unary }
            text.line(hasStreams ? "public import TTRPC" : "import TTRPC")
            text.line()
            // The client's own Exports.swift exports PackagingError, so it is visible in all its files. Model is not
            // imported as a whole, because it has types with the same names as messages.
            try text.block("extension PackagingClient") { text throws(GeneratorError) in
                for (index, method) in service.methods.enumerated() {
                    if index > 0 { text.line() }
                    text.documentation(method.comment, fallback: "Calls `\(service.name)/\(method.name)`.")
                    text.line("///")
                    text.line("/// - Parameter timeout: How long to wait for the end of the call; nil is for ever.")
                    try call(method, of: service, &text)
                }
            }
            outputs.append(Request.Output(name: "\(service.name)Calls.swift", text: text.text))
        }
        return outputs
    }

    private func call(
        _ method: ProtoService.Method,
        of service: ProtoService,
        _ text: inout SwiftText
    ) throws(GeneratorError) {
        let name = Names.method(method.name)
        let input = try schema.names.swiftType(method.input)
        let output = try schema.names.swiftType(method.output)
        let table = "\(service.name)Methods.\(name)"
        let timeout = "timeout: Duration? = nil"
        let effects = "async throws(PackagingError)"
        let rest = "metadata: metadata, timeout: timeout"
        switch method.kind {
        case .unary:
            try text.block("public func \(name)(_ request: \(input), \(timeout)) \(effects) -> \(output)") { text in
                text.line("try await connection().unary(\(table), request, \(rest))")
            }
        case .serverStream:
            let declaration =
                "public func \(name)(_ request: \(input), \(timeout)) \(effects) -> MessageReader<\(output)>"
            try text.block(declaration) { text in
                text.line("try await connection().serverStream(\(table), request, \(rest))")
            }
        case .clientStream:
            let send = "_ send: (MessageWriter<\(input)>) \(effects) -> Void"
            try text.block("public func \(name)(\(timeout), \(send)) \(effects) -> \(output)") { text in
                text.line("try await connection().clientStream(\(table), \(rest), send)")
            }
        case .bidi:
            throw GeneratorError(
                "method \"\(service.name)/\(method.name)\" streams both ways, which no client call does"
            )
        }
    }
}
