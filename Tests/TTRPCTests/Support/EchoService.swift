import ConformanceMessages
import Foundation
import Model
import TTRPC

/// The service of the recorded conversations, with the behaviour that they describe.
enum EchoService {
    static func router() -> Router {
        var router = Router()
        router.register(EchoMethods.unary, unary: unary)
        router.register(EchoMethods.fail, unary: fail)
        router.register(EchoMethods.serverStream, serverStream: serverStream)
        router.register(EchoMethods.clientStream, clientStream: clientStream)
        router.register(EchoMethods.bidi, bidi: bidi)
        return router
    }

    private static func unary(_ message: ConformanceMsg, _ context: CallContext) async throws -> ConformanceMsg {
        let words = message.text.split(separator: " ")
        switch words.first {
        case "sleep": try await Task.sleep(for: .milliseconds(milliseconds(words[1])))
        case "oversleep":
            let wait = milliseconds(words[1])
            // It is not a child task, so that the cancellation of the call does not reach it.
            await Task { try? await Task.sleep(for: .milliseconds(wait)) }.value
        case "blob": return ConformanceMsg(blob: pattern(Int(words[1]) ?? 0))
        case "context": return ConformanceMsg(text: describe(context))
        default: break
        }
        return message
    }

    private static func fail(_ request: ConformanceFailReq, _ context: CallContext) async throws -> ConformanceMsg {
        throw PackagingError(
            PackagingError.Code(rawValue: Int(request.code)) ?? .unknown,
            request.message,
            reason: "CONFORMANCE",
            metadata: ["asked_code": "\(request.code)"]
        )
    }

    private static func serverStream(
        _ request: ConformanceCount,
        _ writer: MessageWriter<ConformanceMsg>,
        _ context: CallContext
    ) async throws {
        for index in 0..<request.n {
            if request.prefix == "slow" { try await Task.sleep(for: .milliseconds(50)) }
            let text = request.prefix == "context" ? describe(context) : "\(request.prefix)-\(index)"
            let isHole = request.prefix == "hole" && index == 1
            try await writer.write(isHole ? ConformanceMsg() : ConformanceMsg(text: text))
        }
        if request.prefix == "fail" { throw PackagingError(.aborted, "stopped after \(request.n)") }
    }

    private static func clientStream(
        _ reader: MessageReader<ConformanceMsg>,
        _ context: CallContext
    ) async throws -> ConformanceCount {
        var texts: [String] = []
        for try await message in reader {
            if message.text == "fail" {
                throw PackagingError(.invalidArgument, "refused message \(texts.count)")
            }
            texts.append(message.text)
            if message.text == "stop" { break }
        }
        return ConformanceCount(n: Int32(texts.count), prefix: texts.joined(separator: ","))
    }

    private static func bidi(
        _ reader: MessageReader<ConformanceMsg>,
        _ writer: MessageWriter<ConformanceMsg>,
        _ context: CallContext
    ) async throws {
        var isHeld = false
        var count = 0
        for try await message in reader {
            switch message.text {
            case "hold": isHeld = true
            case "stop": return
            case "fail": throw PackagingError(.aborted, "refused message \(count)")
            default: try await writer.write(message)
            }
            count += 1
        }
        guard isHeld else { return }
        for index in 0..<2 {
            try await Task.sleep(for: .milliseconds(50))
            try await writer.write(ConformanceMsg(text: "after-\(index)"))
        }
    }

    static func describe(_ context: CallContext) -> String {
        let keys = Set(context.metadata.entries.map(\.key)).sorted()
        let pairs = keys.map { " \($0)=\(context.metadata.values(for: $0).joined(separator: ","))" }
        return "deadline=\(context.deadline != nil)" + pairs.joined()
    }

    /// Bytes of which number i is i mod 251.
    static func pattern(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        let period = [UInt8](0..<251)
        while bytes.count + period.count <= count { bytes += period }
        return bytes + period.prefix(count - bytes.count)
    }

    private static func milliseconds(_ text: Substring) -> Int {
        text.hasSuffix("ms") ? Int(text.dropLast(2)) ?? 0 : (Int(text.dropLast()) ?? 0) * 1000
    }
}
