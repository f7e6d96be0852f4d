import DatabaseTestSupport
import Foundation
import Glibc
import Postgres
import Synchronization
import TestSupport

/// A proxy between a client and the server. It counts how often the client begins to send, and can cut the connection.
final class SocketProxy: Sendable {
    /// The fate of bytes from the client.
    enum Verdict: Sendable {
        case forward
        /// The server gets them, and then the client is cut off.
        case forwardAndCut
        /// The server does not get them, and the client is cut off.
        case cut
        /// The server does not get them, and the connection stays open.
        case swallow
    }

    private struct State {
        var turns = 0
        var connections = 0
        var verdict: @Sendable (String) -> Verdict = { _ in .forward }
    }

    private let state = Mutex(State())
    private let folder = TemporaryFolder("proxy")
    private let upstream: String

    /// How often the client began to send after the server had sent.
    var turns: Int { state.withLock { $0.turns } }
    /// Connections that were made through this proxy.
    var connections: Int { state.withLock { $0.connections } }
    /// The folder to connect to instead of the server's.
    var socketFolder: String { folder.path }

    init(to socketFolder: String) {
        upstream = socketFolder + "/.s.PGSQL.5432"
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        unsafe Self.withAddress(folder.file(".s.PGSQL.5432")) { address, length in
            precondition(unsafe bind(listener, address, length) == 0 && listen(listener, 16) == 0)
        }
        Thread.detachNewThread { [weak self] in
            while case let client = accept(listener, nil, nil), client >= 0 {
                guard let self else { return }
                Thread.detachNewThread { self.serve(client) }
            }
        }
    }

    /// Sets `judge`, which is asked about all bytes that the client sends from now on.
    func judge(_ judge: @escaping @Sendable (String) -> Verdict) {
        state.withLock { $0.verdict = judge }
    }

    private func serve(_ client: CInt) {
        let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer {
            for end in [client, server] {
                // A program that another test has just started may hold the socket open, so it is shut down before it
                // is closed.
                shutdown(end, Int32(SHUT_RDWR))
                close(end)
            }
        }
        let connected = unsafe Self.withAddress(upstream) { unsafe connect(server, $0, $1) == 0 }
        guard connected else { return }
        state.withLock { $0.connections += 1 }
        var clientSpoke = false
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            var descriptors = [
                pollfd(fd: client, events: Int16(POLLIN), revents: 0),
                pollfd(fd: server, events: Int16(POLLIN), revents: 0),
            ]
            _ = unsafe poll(&descriptors, 2, -1)
            // The server's bytes come first: they were sent before the client's next ones.
            let fromServer = descriptors[1].revents != 0
            let count = unsafe recv(fromServer ? server : client, &bytes, bytes.count, 0)
            guard count > 0 else { return }
            var verdict = Verdict.forward
            if !fromServer {
                let text = String(decoding: bytes.prefix(count), as: UTF8.self)
                verdict = state.withLock { state in
                    if !clientSpoke { state.turns += 1 }
                    return state.verdict
                }(text)
            }
            clientSpoke = !fromServer
            if case .cut = verdict { return }
            if case .swallow = verdict { continue }
            var sent = 0
            while sent < count {
                let written = unsafe bytes.withUnsafeBytes { buffer in
                    let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[sent..<count])
                    return unsafe send(
                        fromServer ? client : server,
                        rest.baseAddress,
                        rest.count,
                        Int32(MSG_NOSIGNAL)
                    )
                }
                guard written > 0 else { return }
                sent += written
            }
            if case .forwardAndCut = verdict { return }
        }
    }

    private static func withAddress<Result>(
        _ path: String,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

/// Calls `body` with a client whose connections go through a proxy.
func withProxy<Result>(
    _ database: TestDatabase,
    _ change: (inout PostgresConfiguration) -> Void = { _ in },
    _ body: (PostgresClient, SocketProxy) async throws -> Result
) async throws -> Result {
    let proxy = SocketProxy(to: database.socketFolder)
    var configuration = database.ownerConfiguration
    // In a connection string a later setting overrides an earlier one.
    configuration.url += " host='\(proxy.socketFolder)'"
    configuration.maximumConnections = 1
    change(&configuration)
    return try await withClient(configuration) { try await body($0, proxy) }
}
