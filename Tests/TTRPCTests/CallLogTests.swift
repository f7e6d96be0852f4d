import ConformanceMessages
import Logging
import Model
import Protobuf
import Synchronization
import TestSupport
import Testing

@testable import TTRPC

@Suite("The log of calls", .timeLimit(.minutes(10)))
struct CallLogTests {
    /// A service that reports which tenant it serves, and then does what the text says.
    private func router(seen: SeenFacts) -> Router {
        var router = Router()
        router.register(
            EchoMethods.unary,
            unary: { message, context in
                context.notes["tenant"] = "acme"
                seen.add(context.callID, LogFacts.current)
                switch message.text {
                case "fail":
                    throw PackagingError(.failedPrecondition, "project \"dune\" is not ready", reason: "NOT_READY")
                case "look": throw PackagingError(.notFound, "project \"dune\" does not exist")
                case "lost": throw PackagingError(.notFound, "the blob is gone", cause: CancellationError())
                case "break": throw PackagingError(.internal, "the store failed")
                default: return message
                }
            }
        )
        return router
    }

    private final class SeenFacts: Sendable {
        private let state = Mutex<[(id: String, facts: [String: String])]>([])
        var all: [(id: String, facts: [String: String])] { state.withLock { $0 } }
        func add(_ id: String, _ facts: [String: String]) { state.withLock { $0.append((id, facts)) } }
    }

    @Test(
        "each call is one line with method, code, time, tenant and caller, at a level that follows from what happened"
    )
    func lines() async throws {
        let log = LogRecorder()
        try await withServer(router(seen: SeenFacts()), logger: Logger(label: "test") { _ in log }) { _, address in
            let connection = try await RPCConnection.connect(to: address)
            _ = try await connection.unary(EchoMethods.unary, ConformanceMsg(text: "hello"))
            for text in ["fail", "break", "look", "lost"] {
                await #expect(throws: PackagingError.self) {
                    try await connection.unary(EchoMethods.unary, ConformanceMsg(text: text))
                }
            }
            await connection.close()
        }
        let lines = log.lines.filter { $0.message.hasPrefix("call ") }
        #expect(lines.map(\.message) == ["call finished"] + Array(repeating: "call failed", count: 4))
        // Who only looks whether something exists causes no line that operators see.
        #expect(lines.map(\.level) == [.debug, .info, .error, .debug, .info])
        #expect(
            lines.map { "\($0.metadata["code"] ?? "")" }
                == ["ok", "failedPrecondition", "internal", "notFound", "notFound"]
        )
        for line in lines {
            #expect(line.metadata["tenant"] == "acme")
            #expect("\(line.metadata["method"] ?? "")" == "\(EchoMethods.unary.service)/\(EchoMethods.unary.name)")
            #expect(Int("\(line.metadata["ms"] ?? "")") != nil)
            #expect("\(line.metadata["peer"] ?? "")".hasPrefix("uid "))
        }
    }

    @Test("every error carries the call's name, which the log line has as well")
    func names() async throws {
        let seen = SeenFacts()
        try await withServer(router(seen: seen)) { _, address in
            let connection = try await RPCConnection.connect(to: address)
            for text in ["fail", "break"] {
                let error = await #expect(throws: PackagingError.self) {
                    try await connection.unary(EchoMethods.unary, ConformanceMsg(text: text))
                }
                let call = try #require(seen.all.last)
                #expect(error?.metadata["callID"] == call.id)
                #expect(call.facts == ["call": call.id])
                // A caller that meets an internal error is told what to quote.
                #expect(error?.hint?.contains(call.id) == (text == "break" ? true : nil))
            }
            await connection.close()
        }
        #expect(Set(seen.all.map(\.id)).count == 2)
    }

    @Test(
        "a caller may give a call's name or trace, if the name can be written to a log",
        arguments: [
            (["call-id": "order-4711.a:b_C"], "order-4711.a:b_C"),
            (
                ["traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"],
                "4bf92f3577b34da6a3ce929d0e0e4736"
            ),
            (["call-id": "x\nforged", "traceparent": "00-00000000000000000000000000000000-00f067aa0ba902b7-01"], nil),
            (["call-id": ""], nil),
            (["call-id": "12345678901234567890123456789012345678901234567890123456789012345"], nil),
            (["traceparent": "what"], nil),
        ] as [(Metadata, String?)]
    )
    func chosen(_ metadata: Metadata, _ expected: String?) async throws {
        let seen = SeenFacts()
        try await withServer(router(seen: seen)) { _, address in
            let connection = try await RPCConnection.connect(to: address)
            _ = try await connection.unary(EchoMethods.unary, ConformanceMsg(text: "hello"), metadata: metadata)
            await connection.close()
        }
        let id = try #require(seen.all.first?.id)
        if let expected {
            #expect(id == expected)
        } else {
            #expect(id.wholeMatch(of: /[0-9a-f]+-1/) != nil, "\(id)")
        }
    }
}
