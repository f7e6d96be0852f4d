import Glibc
import Synchronization

/// An HTTP server on a loopback port, which answers as a test says, also wrongly. One request for each connection.
///
/// It is made of plain sockets and threads, so that it shares no code with the clients under test.
package final class LocalHTTPServer: Sendable {
    /// What happens after a request has come.
    package enum Reply: Sendable {
        /// A whole answer.
        case answer(status: Int, headers: [String] = [], body: [UInt8])
        /// These bytes, and then the end of the connection.
        case raw(String)
        /// These bytes again and again, until the client goes away.
        case endless(start: String, piece: String)
        /// These bytes, and then nothing until the client goes away.
        case silence(after: String)
    }

    private struct State {
        var listener: CInt
        var requests: [String] = []
        var bodies: [[UInt8]] = []
        var isStopped = false
    }

    /// The port that it listens on.
    package let port: UInt16
    /// The client has ended a connection on which ``Reply/silence(after:)`` or ``Reply/endless(start:piece:)`` was sent.
    package let clientLeft = TestEvent<Void>()
    private let state: Mutex<State>
    private let readsBodies: Bool
    private let reply: @Sendable (_ head: String) -> Reply

    /// Starts a server.
    ///
    /// - Parameters:
    ///   - port: The port, or 0 for a free one.
    ///   - readsBodies: Whether a request's body is read before it is answered, not after.
    ///   - reply: Is given the whole head of the request.
    package init(port: UInt16 = 0, readsBodies: Bool = true, _ reply: @escaping @Sendable (_ head: String) -> Reply) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        precondition(listener >= 0, "no socket: error \(errno)")
        var one: CInt = 1
        unsafe setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<CInt>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(listener, pointer, length) == 0 && listen(listener, 128) == 0
                    && getsockname(listener, pointer, &length) == 0
            }
        }
        precondition(bound, "could not listen on port \(port): error \(errno)")
        self.port = UInt16(bigEndian: address.sin_port)
        self.readsBodies = readsBodies
        self.reply = reply
        state = Mutex(State(listener: listener))
        Self.onThread { [self] in acceptAll(listener) }
    }

    /// `http://127.0.0.1:PORT`.
    package var url: String { "http://127.0.0.1:\(port)" }
    /// The heads of the requests that came, in their order.
    package var requests: [String] { state.withLock { $0.requests } }
    /// The bodies of the requests that were read, in their order.
    package var bodies: [[UInt8]] { state.withLock { $0.bodies } }

    /// Closes the port. Connections that are open go on.
    package func stop() {
        let listener = state.withLock { state -> CInt? in
            defer { state.isStopped = true }
            return state.isStopped ? nil : state.listener
        }
        guard let listener else { return }
        // Ends accept, whose thread then closes the socket.
        shutdown(listener, CInt(SHUT_RDWR))
    }

    private func acceptAll(_ listener: CInt) {
        defer { close(listener) }
        while true {
            let connection = accept(listener, nil, nil)
            if connection < 0 && errno == EINTR { continue }
            guard connection >= 0 else { return }
            _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
            Self.onThread { [self] in
                serve(connection)
                close(connection)
            }
        }
    }

    private func serve(_ connection: CInt) {
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var end: Int?
        while end == nil {
            let count = unsafe recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            received += buffer[..<count]
            end = received.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound
        }
        let head = String(decoding: received[..<(end ?? 0)], as: UTF8.self)
        state.withLock { $0.requests.append(head) }
        if readsBodies {
            var body = Array(received[(end ?? 0)...])
            while body.count < Self.contentLength(head) {
                let count = unsafe recv(connection, &buffer, buffer.count, 0)
                guard count > 0 else { return }
                body += buffer[..<count]
            }
            state.withLock { $0.bodies.append(body) }
        }
        answer(head, on: connection)
        // A connection that is closed with bytes unread is reset, and the answer with it.
        shutdown(connection, CInt(SHUT_WR))
        while !readsBodies, unsafe recv(connection, &buffer, buffer.count, 0) > 0 {}
    }

    private static func contentLength(_ head: String) -> Int {
        head.split(separator: "\r\n").lazy.compactMap { line in
            line.lowercased().hasPrefix("content-length:") ? Int(line.dropFirst(15).trimmingSpaces) : nil
        }.first ?? 0
    }

    private func answer(_ head: String, on connection: CInt) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        switch reply(head) {
        case .answer(let status, let headers, let body):
            let lines = ["HTTP/1.1 \(status) Status", "Content-Length: \(body.count)", "Connection: close"] + headers
            send(lines.joined(separator: "\r\n") + "\r\n\r\n", to: connection)
            send(body, to: connection)
        case .raw(let text): send(text, to: connection)
        case .endless(let start, let piece):
            send(start, to: connection)
            while send(piece, to: connection) {}
            clientLeft.happen()
        case .silence(let text):
            send(text, to: connection)
            while unsafe recv(connection, &buffer, buffer.count, 0) > 0 {}
            clientLeft.happen()
        }
    }

    @discardableResult
    private func send(_ text: String, to connection: CInt) -> Bool { send(Array(text.utf8), to: connection) }

    @discardableResult
    private func send(_ bytes: [UInt8], to connection: CInt) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[sent...])
                return unsafe Glibc.send(connection, rest.baseAddress, rest.count, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    private static func onThread(_ body: @escaping @Sendable () -> Void) {
        final class Box: Sendable {
            let run: @Sendable () -> Void
            init(_ run: @escaping @Sendable () -> Void) { self.run = run }
        }
        var thread = pthread_t()
        let result = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                if let argument = unsafe argument {
                    unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().run()
                }
                return nil
            },
            Unmanaged.passRetained(Box(body)).toOpaque()
        )
        precondition(result == 0, "no thread: error \(result)")
        pthread_detach(thread)
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring { drop { $0 == " " } }
}
