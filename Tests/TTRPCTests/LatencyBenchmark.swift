import ConformanceMessages
import Foundation
import Glibc
import Model
import Testing

@testable import TTRPC

/// Run with TTRPC_BENCHMARK=1, in a release build. Single-call latency is mostly the kernel's wake-up of an idle core, so
/// it is given beside the floor of the same run.
@Suite("Latency and throughput", .enabled(if: ProcessInfo.processInfo.environment["TTRPC_BENCHMARK"] != nil))
struct LatencyBenchmark {
    private static let message = ConformanceMsg(blob: EchoService.pattern(64))

    @Test("a unary call beside a bare ping-pong of as many bytes")
    func unary() async throws {
        let floor = await Task.detached { Self.pingPong(rounds: 20_000) }.value
        try await withConnection { _, connection in
            let alone = try await times(20_000, connection)
            report("floor, 106 bytes each way", floor)
            report("unary, 1 caller", alone)
            print("p50 is \(ratio(median(alone), median(floor))) of the floor")

            let begin = ContinuousClock.now
            let together = try await withThrowingTaskGroup(of: [Duration].self) { group in
                for _ in 0..<64 { group.addTask { try await times(2_000, connection) } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            report("unary, 64 callers", together)
            print("\(Int(Double(together.count) / seconds(since: begin))) calls/s")
        }
    }

    @Test("a stream of small messages")
    func stream() async throws {
        try await withConnection { _, connection in
            let begin = ContinuousClock.now
            let request = ConformanceCount(n: 500_000, prefix: "message")
            var count = 0
            for try await _ in try connection.serverStream(EchoMethods.serverStream, request) { count += 1 }
            print("\(Int(Double(count) / seconds(since: begin))) messages/s")
        }
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

    private func report(_ name: String, _ times: [Duration]) {
        let sorted = times.sorted()
        print("\(name): p50 \(sorted[sorted.count / 2]), p99 \(sorted[sorted.count * 99 / 100])")
    }

    private func median(_ times: [Duration]) -> Duration { times.sorted()[times.count / 2] }

    private func ratio(_ time: Duration, _ floor: Duration) -> String { String(format: "%.2f", time / floor) }

    private func seconds(since begin: ContinuousClock.Instant) -> Double { (.now - begin) / .seconds(1) }
}
