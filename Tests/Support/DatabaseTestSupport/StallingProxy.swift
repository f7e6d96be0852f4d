import Foundation
import Glibc
import Synchronization
import TestSupport

/// A proxy between one daemon and its Postgres that can stand still, as a network does that carries nothing: every
/// connection stays open, also a new one, and nothing arrives.
///
/// What is sent meanwhile arrives when the proxy goes on, also the end of a connection: a statement that its sender has
/// long given up reaches the server late.
package final class StallingProxy: Sendable {
    /// What does not arrive.
    package enum Direction: Sendable, CaseIterable {
        case toServer, toClient, both

        fileprivate func holds(_ other: Direction) -> Bool { self == .both || self == other }
    }

    /// What a proxy held back during one stall.
    package struct Held: Sendable, Hashable {
        /// Bytes on their way to the server, and on their way to the client.
        package var toServer = 0, toClient = 0
        /// Connections that were made during the stall.
        package var connections = 0

        /// Whether the stall met anything.
        package var isEmpty: Bool { toServer + toClient + connections == 0 }
    }

    private struct State {
        var stall: Direction?
        var held = Held()
        var connections = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let changed = NSCondition()
    private let folder = TemporaryFolder("stall")
    private let upstream: String
    private let listener: CInt

    /// A proxy to the server whose socket is in `socketFolder`.
    package init(to socketFolder: String) {
        upstream = socketFolder + "/.s.PGSQL.5432"
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let listener = listener
        unsafe withAddress(folder.file(".s.PGSQL.5432")) { address, length in
            precondition(unsafe bind(listener, address, length) == 0 && listen(listener, 64) == 0)
        }
        Thread.detachNewThread { [self] in
            while case let client = accept(listener, nil, nil), client >= 0 {
                state.withLock { state in
                    state.connections += 1
                    if state.stall != nil { state.held.connections += 1 }
                }
                Thread.detachNewThread { self.serve(client) }
            }
        }
    }

    /// The folder to connect to instead of the server's.
    package var socketFolder: String { folder.path }
    /// The connections that were made through this proxy.
    package var connections: Int { state.withLock { $0.connections } }
    /// What is held back by the stall that lasts.
    package var held: Held { state.withLock { $0.held } }

    /// Nothing arrives from now on, until ``resume()``.
    package func stall(_ direction: Direction = .both) {
        state.withLock { state in
            state.stall = direction
            state.held = Held()
        }
    }

    /// Delivers what was held back, and goes on. Returns what that was.
    @discardableResult
    package func resume() -> Held {
        let held = state.withLock { state in
            state.stall = nil
            return state.held
        }
        wake()
        return held
    }

    /// Ends the proxy. Its connections are cut.
    package func close() {
        state.withLock { $0.isClosed = true }
        shutdown(listener, Int32(SHUT_RDWR))
        wake()
        folder.remove()
    }

    private func wake() {
        changed.lock()
        changed.broadcast()
        changed.unlock()
    }

    // MARK: On the threads of a connection

    private func serve(_ client: CInt) {
        defer { Glibc.close(client) }
        // The server learns of a connection only when something arrives on it.
        guard let first = read(from: client), pass(.toServer, bytes: first.count) else { return }
        let server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { Glibc.close(server) }
        guard unsafe withAddress(upstream, { unsafe connect(server, $0, $1) == 0 }), write(first, to: server) else {
            shutdown(client, Int32(SHUT_RDWR))
            return
        }
        let back = DispatchGroup()
        back.enter()
        Thread.detachNewThread { [self] in
            carry(.toClient, from: server, to: client)
            back.leave()
        }
        carry(.toServer, from: client, to: server)
        back.wait()
    }

    /// Passes bytes on until the end of the connection, which is passed on, too.
    private func carry(_ direction: Direction, from source: CInt, to sink: CInt) {
        while let bytes = read(from: source), pass(direction, bytes: bytes.count), write(bytes, to: sink) {}
        _ = pass(direction, bytes: 0)
        // A program that another test has just started may hold the socket open, so it is shut down before it is closed.
        for end in [source, sink] { shutdown(end, Int32(SHUT_RDWR)) }
    }

    /// Waits until bytes in this direction may arrive; false if the proxy was closed.
    private func pass(_ direction: Direction, bytes: Int) -> Bool {
        var isCounted = false
        changed.lock()
        defer { changed.unlock() }
        while true {
            let (isHeld, isClosed) = state.withLock { state in
                let isHeld = state.stall?.holds(direction) ?? false
                if isHeld, !isCounted {
                    if direction == .toServer { state.held.toServer += bytes } else { state.held.toClient += bytes }
                    isCounted = true
                }
                return (isHeld, state.isClosed)
            }
            if isClosed { return false }
            guard isHeld else { return true }
            changed.wait()
        }
    }

    /// The next bytes; nil at the end of the connection.
    private func read(from source: CInt) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe recv(source, &bytes, bytes.count, 0)
        return count > 0 ? Array(bytes.prefix(count)) : nil
    }

    private func write(_ bytes: [UInt8], to sink: CInt) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let written = unsafe bytes.withUnsafeBytes { buffer in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[sent...])
                return unsafe send(sink, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            guard written > 0 else { return false }
            sent += written
        }
        return true
    }
}

private func withAddress<Result>(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
    return unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}
