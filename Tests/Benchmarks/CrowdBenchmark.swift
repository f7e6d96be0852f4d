import ConformanceMessages
import Foundation
import Glibc
import NIOCore
import NIOPosix
import NIOSSL
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
        let each = Double(crowded - before) / Double(connections)
        promise("for each connection", each, atMost: server.security == .plain ? 32 : 64)

        let unread = try await neverReaders(server)
        try await Task.sleep(for: .seconds(2))
        let busy = Times(try await times(caller))
        // Each has a connection of its own, which was counted before.
        let watch = Double(server.memory - crowded) / Double(watches) - each
        print("  memory: \(twoDigits(watch)) KiB for each of \(watches) watches, of 8 that it should have")
        quiet.report("calls of another caller, quiet")
        busy.report("calls of another caller, crowded")
        print("  p99 is \(twoDigits(busy.percentile(99) / quiet.percentile(99))) of quiet")
        for channel in unread { channel.close(promise: nil) }
        await withTaskGroup(of: Void.self) { group in
            for connection in idle + [caller] { group.addTask { await connection.close() } }
        }
        try await Task.sleep(for: .seconds(1))
        print(
            "  memory: \(twoDigits(Double(server.memory - before) / 1024)) MiB more than at first, after they are gone"
        )
    }

    /// Prints a figure beside the most that it may be. Memory does not depend on what else runs, so more is a failure.
    private func promise(_ what: String, _ kibibytes: Double, atMost most: Double) {
        print("  memory: \(twoDigits(kibibytes)) KiB \(what), of \(Int(most)) that it may have")
        guard kibibytes > most else { return }
        print("benchmarks: that is too much")
        exit(1)
    }

    /// Opens watches whose callers never read what comes.
    private func neverReaders(_ server: CrowdServer) async throws -> [any Channel] {
        guard case .tcp(let host, let port) = server.address else { return [] }
        let request = TTRPCRequest(
            service: EchoMethods.serverStream.service,
            method: EchoMethods.serverStream.name,
            payload: try ConformanceCount(n: 40).serialized()
        )
        let body = try request.serialized()
        var bytes = ByteBuffer()
        bytes.writeInteger(UInt32(body.count))
        // Stream 1, a request after which the caller sends nothing.
        bytes.writeInteger(UInt32(1))
        bytes.writeBytes([1, 1] + body)
        var context: NIOSSLContext?
        if case .tls(let files) = server.security, let authority = files.caFile {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authority))
            context = try NIOSSLContext(configuration: configuration)
        }
        var channels: [any Channel] = []
        for _ in 0..<watches {
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .channelInitializer { [context] channel in
                    channel.eventLoop.makeCompletedFuture {
                        guard let context else { return }
                        let handler = try NIOSSLClientHandler(context: context, serverHostname: nil)
                        try channel.pipeline.syncOperations.addHandler(handler)
                    }
                }
                .connect(host: host, port: port).get()
            try await channel.writeAndFlush(bytes)
            try await channel.setOption(.autoRead, value: false).get()
            channels.append(channel)
        }
        return channels
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
