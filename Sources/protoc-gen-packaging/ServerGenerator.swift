/// Generates a protocol for each service, to which a server's handler conforms. By default every method is
/// unimplemented. Also generates the function that registers a handler in a router.
struct ServerGenerator {
    let schema: Schema
    let file: ProtoFile

    func generate() throws(GeneratorError) -> [Request.Output] {
        var outputs: [Request.Output] = []
        for service in file.services {
            var text = SwiftText()
            text.header(of: file)
            text.line("package import PackagingMessages")
            text.line("package import TTRPC")
            text.line()
            // Model is not imported as a whole, because it has types with the same names as messages.
            text.line("import struct Model.PackagingError")
            text.line()
            try handler(service, &text)
            text.line()
            try defaults(service, &text)
            text.line()
            try registration(service, &text)
            outputs.append(Request.Output(name: "\(service.name)Handler.swift", text: text.text))
        }
        return outputs
    }

    private func handler(_ service: ProtoService, _ text: inout SwiftText) throws(GeneratorError) {
        text.documentation(service.comment, fallback: "What `\(service.fullName)` does.")
        try text.block("package protocol \(service.name)Handler: Sendable") { text throws(GeneratorError) in
            for (index, method) in service.methods.enumerated() {
                if index > 0 { text.line() }
                text.documentation(method.comment, fallback: "The method `\(method.name)`.")
                try text.line(signature(method))
            }
        }
    }

    private func defaults(_ service: ProtoService, _ text: inout SwiftText) throws(GeneratorError) {
        try text.block("extension \(service.name)Handler") { text throws(GeneratorError) in
            for (index, method) in service.methods.enumerated() {
                if index > 0 { text.line() }
                text.line("/// Refuses: this server does not have the method.")
                try text.block("package " + signature(method)) { text in
                    let name = "\(service.name)/\(method.name)"
                    text.line(
                        "throw PackagingError(.unimplemented, \"this server does not do \\\"\(name)\\\" yet\")"
                    )
                }
            }
        }
    }

    private func registration(_ service: ProtoService, _ text: inout SwiftText) throws(GeneratorError) {
        try text.block("extension Router") { text throws(GeneratorError) in
            text.line("/// Gives the calls of `\(service.fullName)` to `handler`.")
            let declaration = "package mutating func register(_ handler: some \(service.name)Handler)"
            try text.block(declaration) { text throws(GeneratorError) in
                for method in service.methods {
                    let name = Names.method(method.name)
                    let call =
                        switch method.kind {
                        case .unary: "unary: { try await handler.\(name)($0, context: $1) }"
                        case .serverStream: "serverStream: { try await handler.\(name)($0, replies: $1, context: $2) }"
                        case .clientStream: "clientStream: { try await handler.\(name)($0, context: $1) }"
                        case .bidi: "bidi: { try await handler.\(name)($0, replies: $1, context: $2) }"
                        }
                    text.line("register(\(service.name)Methods.\(name), \(call))")
                }
            }
        }
    }

    private func signature(_ method: ProtoService.Method) throws(GeneratorError) -> String {
        let input = try schema.names.swiftType(method.input)
        let output = try schema.names.swiftType(method.output)
        let request = method.streamsIn ? "_ requests: MessageReader<\(input)>" : "_ request: \(input)"
        let replies = method.streamsOut ? ", replies: MessageWriter<\(output)>" : ""
        let result = method.streamsOut ? "" : " -> \(output)"
        return "func \(Names.method(method.name))(\(request)\(replies), context: CallContext) async throws\(result)"
    }
}
