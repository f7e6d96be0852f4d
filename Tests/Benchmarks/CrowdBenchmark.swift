import ConformanceMessages
import Foundation
import Glibc
import Protobuf
import TTRPC

/// Many connections that do nothing, and watches that nobody reads: what each costs, and what other calls feel of them.
struct CrowdBenchmark {
    let connections: Int
    let watches: Int
    let calls: Int

    private static let message = ConformanceMsg(blob: [UInt8](0..<64))

    func run() async throws {
        CrowdServer.raiseFileLimit()
        for isSecure in [false, true] {
            let server = try CrowdServer.start(isSecure: isSecure)
            defer { server.stop() }
            print("\(connections) idle connections, \(isSecure ? "TLS" : "plain TCP")")
            try await measure(server)
        }
    }

    private func measure(_ server: CrowdServer) async throws {
        let caller = try await RPCConnection.connect(to: server.address, security: server.security)
        let quiet = Times(try await times(caller))
        let before = server.memory
        let idle = try await connect(connections, to: server)
        try await Task.sleep(for: .seconds(1))
        let crowded = server.memory
        print("  memory: \(twoDigits(Double(crowded - before) / Double(connections))) KiB for each connection")

        // The watches are on connections that are open already, so that only what they add is counted.
        let unread = try idle.prefix(watches).map {
            try $0.serverStream(EchoMethods.serverStream, ConformanceCount(n: 40))
        }
        try await Task.sleep(for: .seconds(2))
        let busy = Times(try await times(caller))
        let watched = server.memory
        print("  memory: \(twoDigits(Double(watched - crowded) / Double(watches))) KiB for each of \(watches) watches")
        quiet.report("calls of another caller, quiet")
        busy.report("calls of another caller, crowded")
        print("  p99 is \(twoDigits(busy.percentile(99) / quiet.percentile(99))) of quiet")
        extendLifetime(unread)
        await withTaskGroup(of: Void.self) { group in
            for connection in idle + [caller] { group.addTask { await connection.close() } }
        }
        try await Task.sleep(for: .seconds(1))
        print(
            "  memory: \(twoDigits(Double(server.memory - before) / 1024)) MiB more than at first, after they are gone"
        )
    }

    /// Opens connections, a few at a time, each of which makes one call.
    private func connect(_ count: Int, to server: CrowdServer) async throws -> [RPCConnection] {
        try await withThrowingTaskGroup(of: [RPCConnection].self) { group in
            let width = 50
            for part in 0..<width {
                group.addTask {
                    var open: [RPCConnection] = []
                    for _ in 0..<(count / width + (part < count % width ? 1 : 0)) {
                        let connection = try await RPCConnection.connect(to: server.address, security: server.security)
                        _ = try await connection.unary(EchoMethods.unary, Self.message)
                        open.append(connection)
                    }
                    return open
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    private func times(_ connection: RPCConnection) async throws -> [Duration] {
        var times: [Duration] = []
        for _ in 0..<calls {
            let begin = ContinuousClock.now
            _ = try await connection.unary(EchoMethods.unary, Self.message)
            times.append(.now - begin)
        }
        return times
    }
}
