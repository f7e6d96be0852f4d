import Foundation
import Glibc
package import Postgres
import PrivatePostgres
import Processes
import TestSupport

/// A Postgres that one test has to itself, and that can be made to stand still.
package final class PausableServer: Sendable {
    private let server: PrivatePostgres
    private let folder: TemporaryFolder

    private init(_ server: PrivatePostgres, _ folder: TemporaryFolder) {
        self.server = server
        self.folder = folder
    }

    /// The folder of the server's socket.
    package var socketFolder: String { server.socketFolder }

    /// How to connect with the rights of the owner.
    package var owner: PostgresConfiguration { server.owner }

    /// Calls `body` with a new server, which runs until `body` ends.
    package static func with<Result>(_ body: (PausableServer) async throws -> Result) async throws -> Result {
        let folder = TemporaryFolder("pausable")
        var configuration = PrivatePostgresConfiguration(stateFolder: folder.path)
        configuration.isDurable = false
        configuration.maximumConnections = 100
        let server = try await PrivatePostgres.start(configuration, launcher: try Launcher(), logger: quietLogger)
        let pausable = PausableServer(server, folder)
        do {
            let result = try await body(pausable)
            await pausable.end()
            return result
        } catch {
            await pausable.end()
            throw error
        }
    }

    private func end() async {
        resume()
        await server.stop()
        folder.remove()
    }

    /// Stops every process of the server, as a machine does that stands still. Connections stay open, and nothing is
    /// answered. Returns how many processes there are, all of which stand still now.
    @discardableResult
    package func pause() -> Int {
        // The first process starts all others, so none can be missed once it stands still.
        send(SIGSTOP, to: [server.pid])
        let children = children
        send(SIGSTOP, to: children)
        return 1 + children.count { Self.state(of: $0) == "T" }
    }

    /// Lets every process go on.
    package func resume() {
        send(SIGCONT, to: children + [server.pid])
    }

    private func send(_ signal: CInt, to pids: [pid_t]) {
        for pid in pids {
            kill(pid, signal)
            // A signal takes its effect when the process is scheduled.
            while signal == SIGSTOP, let state = Self.state(of: pid), !"TtZX".contains(state) { usleep(1000) }
        }
    }

    private var children: [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { Self.fields(of: $0)?.dropFirst().first == "\(server.pid)" }
    }

    private static func state(of pid: pid_t) -> Character? { fields(of: pid)?.first?.first }

    /// The state of a process, then its parent, and so on; nil if it is gone.
    private static func fields(of pid: pid_t) -> [Substring]? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return nil }
        // The name, in parentheses, may contain anything.
        return text.lastIndex(of: ")").map { text[$0...].dropFirst(2).split(separator: " ") }
    }
}
