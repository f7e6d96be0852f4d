import ConformanceMessages
import Foundation
import Glibc
import Logging
import TTRPC

/// Calls and streams over a Unix socket. The time of a single call is mostly the kernel's wake-up of an idle core, so
/// it is printed beside the floor of the same run: the time of a bare exchange over a socket pair.
struct RPCBenchmark {
    let calls: Int
    let messages: Int

    private static let callers = 64
    private static let message = ConformanceMsg(blob: [UInt8](0..<64))

    func run() async throws {
        let floor = Times(await Task.detached { [calls] in Self.pingPong(rounds: calls) }.value)
        try await withConnection { connection in
            print("calls")
            let alone = Times(try await times(calls, connection))
            floor.report("floor, 106 bytes each way over a bare socket")
            alone.report("1 caller")
            print("  p50 is \(twoDigits(alone.median / floor.median)) of the floor")

            let begin = ContinuousClock.now
            let together = try await withThrowingTaskGroup(of: [Duration].self) { group in
                for _ in 0..<Self.callers { group.addTask { try await times(calls / 10, connection) } }
                return Times(try await group.reduce(into: []) { $0 += $1 })
            }
            together.report("\(Self.callers) callers")
            print("  \(rate(together.count, since: begin)) calls/s")
            try await stream(connection)
        }
    }

    private func stream(_ connection: RPCConnection) async throws {
        let begin = ContinuousClock.now
        let request = ConformanceCount(n: Int32(messages), prefix: "message")
        var count = 0
        for try await _ in try connection.serverStream(EchoMethods.serverStream, request) { count += 1 }
        print("a stream of small messages\n  \(rate(count, since: begin)) messages/s")
    }

    private func times(_ count: Int, _ connection: RPCConnection) async throws -> [Duration] {
        var times: [Duration] = []
        for _ in 0..<count {
            let begin = ContinuousClock.now
            _ = try await connection.unary(EchoMethods.unary, Self.message)
            times.append(.now - begin)
        }
        return times
    }

    /// Runs `body` with a connection to a server that sends back what it receives.
    private func withConnection(_ body: (RPCConnection) async throws -> Void) async throws {
        var router = Router()
        router.register(EchoMethods.unary) { message, _ in message }
        router.register(EchoMethods.serverStream) { request, writer, _ in
            for index in 0..<request.n { try await writer.write(ConformanceMsg(text: "\(request.prefix)-\(index)")) }
        }
        let server = RPCServer(router: router, logger: Logger(label: "benchmark") { _ in SwiftLogNoOpLogHandler() })
        let folder = FileManager.default.temporaryDirectory.path + "/benchmark-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let address = try await server.bind(to: .unix(path: folder + "/socket"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            let connection = try await RPCConnection.connect(to: address)
            try await body(connection)
            await connection.close()
            group.cancelAll()
        }
    }

    /// The time of each exchange between two threads over a socket pair.
    private static func pingPong(rounds: Int) -> [Duration] {
        var pair: [CInt] = [0, 0]
        guard unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0 else { return [] }
        let (near, far) = (pair[0], pair[1])
        Thread.detachNewThread {
            var buffer = [UInt8](repeating: 0, count: 106)
            while unsafe read(far, &buffer, 106) == 106 { _ = unsafe write(far, &buffer, 106) }
            close(far)
        }
        defer { close(near) }
        var buffer = [UInt8](repeating: 0, count: 106)
        return (0..<rounds).map { _ in
            let begin = ContinuousClock.now
            _ = unsafe write(near, &buffer, 106)
            _ = unsafe read(near, &buffer, 106)
            return .now - begin
        }
    }
}
