import ConformanceMessages
import Foundation
import Glibc
import Model
import Testing

@testable import TTRPC

@Suite("Listening", .timeLimit(.minutes(10)))
struct ListenerTests {
    private func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require(attributes[.posixPermissions] as? Int)
    }

    private func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

    /// Makes a socket file on which no process listens, as a killed daemon leaves it.
    private func leaveStaleSocket(_ path: String) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un(path: path)
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(result == 0)
        close(descriptor)
    }

    @Test("a Unix socket has the mode 0600 and is removed with its server")
    func socketFile() async throws {
        let path = temporarySocketPath()
        try await withServer(on: .unix(path: path)) { _, _ in
            let modes = [try mode(path), try mode(path + ".lock")]
            #expect(modes == [0o600, 0o600])
        }
        #expect(!FileManager.default.fileExists(atPath: path))
        remove(path + ".lock")
    }

    @Test("a socket that a killed daemon left is taken over")
    func staleSocket() async throws {
        let path = temporarySocketPath()
        leaveStaleSocket(path)
        try await withServer(on: .unix(path: path)) { _, address in
            let connection = try await RPCConnection.connect(to: address)
            let reply = try await connection.unary(EchoMethods.unary, ConformanceMsg(text: "a"))
            #expect(reply.text == "a")
            await connection.close()
        }
        remove(path + ".lock")
    }

    @Test("the path of a living server is not taken over, with its lock file or without")
    func livingServer() async throws {
        let path = temporarySocketPath()
        try await withServer(on: .unix(path: path)) { server, address in
            for _ in 0..<2 {
                let error = #expect(throws: PackagingError.self) { _ = try UnixListener.open(path) { $0 } }
                #expect(error?.code == .alreadyExists)
                #expect(error?.message == "could not listen on \"\(path)\": another process does")
                // The second round is without a lock file, as with a daemon that knows no locks, or after a person has
                // cleaned up.
                remove(path + ".lock")
            }
            let connection = try await RPCConnection.connect(to: address)
            await connection.close()
        }
        remove(path + ".lock")
    }

    @Test("a file that is not a socket is left alone")
    func otherFile() throws {
        let path = temporarySocketPath()
        try Data("precious".utf8).write(to: URL(filePath: path))
        let error = #expect(throws: PackagingError.self) { _ = try UnixListener.open(path) { $0 } }
        #expect(error?.code == .failedPrecondition)
        #expect(try Data(contentsOf: URL(filePath: path)) == Data("precious".utf8))
        remove(path)
        remove(path + ".lock")
    }

    @Test("a path of 107 bytes is the longest, and a longer one is named in the error")
    func pathLength() async throws {
        let base = temporarySocketPath()
        let longest = base + String(repeating: "x", count: 107 - base.utf8.count)
        try await withServer(on: .unix(path: longest)) { _, address in
            let connection = try await RPCConnection.connect(to: address)
            await connection.close()
        }
        remove(longest + ".lock")
        for attempt in [{ _ = try UnixListener.open(longest + "x") { $0 } }] as [() throws -> Void] {
            let error = #expect(throws: PackagingError.self, performing: attempt)
            #expect(error?.message == "socket path \"\(longest)x\" has 108 bytes, and the system allows 107")
        }
        let error = await #expect(throws: PackagingError.self) {
            _ = try await RPCConnection.connect(to: .unix(path: longest + "x"))
        }
        #expect(error?.code == .invalidArgument)
    }

    @Test("a handler knows the process at the other end of a Unix socket")
    func unixPeer() async throws {
        var router = Router()
        router.register(EchoMethods.unary, unary: { _, context in ConformanceMsg(text: "\(context.peer)") })
        try await withConnection(router) { _, connection in
            let text = try await connection.unary(EchoMethods.unary, ConformanceMsg()).text
            #expect(text == "\(Peer.unix(pid: getpid(), uid: getuid(), gid: getgid()))")
        }
    }

    @Test("calls work over TCP, with the port that the system chose")
    func tcp() async throws {
        var router = EchoService.router()
        router.register(EchoMethods.fail, unary: { _, context in ConformanceMsg(text: "\(context.peer)") })
        try await withServer(router, on: .tcp(host: "127.0.0.1", port: 0)) { _, address in
            guard case .tcp(_, let port) = address else { return }
            #expect(port > 0)
            let connection = try await RPCConnection.connect(to: address)
            let text = try await connection.unary(EchoMethods.fail, ConformanceFailReq()).text
            #expect(text.contains("127.0.0.1:"))
            await connection.close()
        }
    }

    @Test("an address on which no server listens is unavailable, and the error names the address")
    func nobody() async throws {
        let path = temporarySocketPath()
        let error = await #expect(throws: PackagingError.self) {
            _ = try await RPCConnection.connect(to: .unix(path: path))
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message.hasPrefix("could not connect to \"unix:\(path)\": ") == true)
    }

    @Test(
        "addresses are read in all their notations",
        arguments: [
            ("unix:/run/a.sock", "unix:/run/a.sock"), ("unix:///run/a.sock", "unix:/run/a.sock"),
            ("tcp://localhost:4000", "tcp://localhost:4000"), ("tcp://[::1]:1", "tcp://[::1]:1"),
            ("http://x", nil), ("unix:", nil), ("tcp://x", nil), ("tcp://x:70000", nil), ("tcp://:1", nil),
        ]
    )
    func addresses(_ text: String, _ expected: String?) {
        #expect(Address(text)?.description == expected)
    }

    @Test(
        "what a service manager announces counts for the process that it names, and must be whole numbers",
        arguments: [
            ([:], "none"), (["LISTEN_FDS": "2"], "none"), (["LISTEN_FDS": "2", "LISTEN_PID": "8"], "none"),
            (["LISTEN_FDS": "2", "LISTEN_PID": "7"], "3 unknown,4 unknown"),
            (["LISTEN_FDS": "2", "LISTEN_PID": "7", "LISTEN_FDNAMES": "local"], "3 local,4 unknown"),
            (["LISTEN_FDS": "2", "LISTEN_PID": "7", "LISTEN_FDNAMES": "a:b"], "3 a,4 b"),
            (["LISTEN_FDS": "0", "LISTEN_PID": "7"], "none"), (["LISTEN_FDS": "x", "LISTEN_PID": "7"], "refused"),
            (["LISTEN_FDS": "-1", "LISTEN_PID": "7"], "refused"),
            (["LISTEN_FDS": "9999", "LISTEN_PID": "7"], "refused"),
        ] as [([String: String], String)]
    )
    func announced(_ variables: [String: String], _ expected: String) {
        let found: String
        do throws(PackagingError) {
            let all = try InheritedSocket.announced(variables, process: 7).map { "\($0.number) \($0.name)" }
            found = all.isEmpty ? "none" : all.joined(separator: ",")
        } catch {
            found = "refused"
        }
        #expect(found == expected)
    }
}
