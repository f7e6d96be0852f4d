import Foundation
import Logging
import Model
import NIOCore
import NIOPosix

@testable import TTRPC

/// A path for a socket that no other test uses.
func temporarySocketPath() -> String {
    FileManager.default.temporaryDirectory.path + "/ttrpc-\(UInt32.random(in: 0 ... .max)).sock"
}

/// Runs `body` beside a server, which is stopped afterwards.
func withServer(
    _ router: Router = EchoService.router(),
    configuration: RPCServer.Configuration = RPCServer.Configuration(),
    clock: any Clock<Duration> = .continuous,
    limits: Limits = Limits(),
    on address: Address? = nil,
    security: ListenerSecurity? = nil,
    logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
    _ body: (RPCServer, Address) async throws -> Void
) async throws {
    let server = RPCServer(
        router: router,
        configuration: configuration,
        group: .singletonMultiThreadedEventLoopGroup,
        clock: clock,
        limits: limits,
        logger: logger
    )
    let usual = Transport.current.address
    let bound = try await server.bind(
        to: address ?? usual,
        security: try security ?? (address == nil ? Transport.current.listenerSecurity() : .plain)
    )
    defer { if case .unix(let path) = usual { try? FileManager.default.removeItem(atPath: path + ".lock") } }
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await server.run() }
        try await body(server, bound)
        group.cancelAll()
    }
}

/// Runs `body` beside a server and a client connected to it.
func withConnection(
    _ router: Router = EchoService.router(),
    limits: Limits = Limits(),
    clientLimits: Limits = Limits(),
    _ body: (RPCServer, RPCConnection) async throws -> Void
) async throws {
    try await withServer(router, limits: limits) { server, address in
        let connection = try await RPCConnection.connect(to: address, limits: clientLimits)
        let result: Result<Void, any Error>
        do { result = .success(try await body(server, connection)) } catch { result = .failure(error) }
        await connection.close()
        try result.get()
    }
}

extension RPCServer {
    /// Waits until no call has left a stream or a handler. Gives up after 6,000 looks. They take at least a minute, and
    /// longer if other tests hold up the handlers as well.
    func becomesIdle() async -> Bool {
        for _ in 0..<6000 {
            if load.streams == 0 && load.handlers == 0 { return true }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return false
    }
}
