import Foundation
import Testing

/// A real `packagingd` in a folder of its own, on its private Postgres unless its arguments name a database.
final class Daemon: Sendable {
    /// The state folder. It outlives the process, so that a daemon can be started on it again.
    let state: String
    private let program: Running
    private let socket: String

    private init(state: String, program: Running, socket: String) {
        self.state = state
        self.program = program
        self.socket = socket
    }

    /// Starts a daemon on `state` and returns when it serves.
    ///
    /// - Parameter program: The path of `packagingd`; this build's if nil.
    static func start(
        state: String,
        arguments: [String] = [],
        environment: [String: String] = [:],
        program: String? = nil
    ) async throws -> Daemon {
        let daemon = try await launch(state: state, arguments: arguments, environment: environment, program: program)
        try await daemon.waitUntilServing()
        return daemon
    }

    /// Starts a daemon on `state`, and does not wait until it serves.
    ///
    /// - Parameter script: A shell script that runs beside the daemon for as long as the daemon does. `packctl` in it
    ///   calls this daemon, and `$$` is the daemon's process.
    static func launch(
        state: String,
        arguments: [String] = [],
        environment: [String: String] = [:],
        program: String? = nil,
        beside script: String? = nil
    ) async throws -> Daemon {
        let socket = state + "/packagingd.sock"
        var command = [
            program ?? Program.built("packagingd"), "serve", "--state-dir", state, "--listen", "unix:" + socket,
        ]
        command += arguments
        if let script {
            let packctl = "packctl() { \(Program.built("packctl")) --address unix:\(socket) \"$@\"; }"
            command = ["/bin/sh", "-c", "\(packctl); (\(script)) & exec \"$0\" \"$@\""] + command
        }
        let program = try await Running.start(command[0], Array(command.dropFirst()), environment: environment)
        return Daemon(state: state, program: program, socket: socket)
    }

    private func waitUntilServing() async throws {
        try await within(.seconds(240), "the start of packagingd") { [self] in
            while true {
                guard program.isRunning else {
                    throw TimedOut(description: "packagingd ended at its start:\n\(program.errors)")
                }
                // A call before the socket exists would only take time from the start.
                if FileManager.default.fileExists(atPath: socket), try await packctl("health").status == 0 { return }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// Runs `packctl` against this daemon.
    func packctl(_ arguments: String...) async throws -> Program.Outcome {
        try await packctl(arguments)
    }

    /// Runs `packctl` against this daemon.
    func packctl(_ arguments: [String]) async throws -> Program.Outcome {
        try await Program.run(Program.built("packctl"), ["--address", "unix:" + socket] + arguments)
    }

    /// Starts `packctl` against this daemon, without waiting for it.
    func startPackctl(_ arguments: [String]) async throws -> Running {
        try await Running.start(Program.built("packctl"), ["--address", "unix:" + socket] + arguments)
    }

    /// Runs `packctl --json`, which must end with `status`, and reads its output.
    func json(_ arguments: String..., status: Int32 = 0) async throws -> [String: Any] {
        try await json(arguments, status: status)
    }

    /// Runs `packctl --json`, which must end with `status`, and reads its output.
    func json(_ arguments: [String], status: Int32 = 0) async throws -> [String: Any] {
        let outcome = try await packctl(["--json"] + arguments)
        try #require(outcome.status == status, "packctl \(arguments): \(outcome.errors)")
        let value = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
        return try #require(value as? [String: Any])
    }

    var address: String { "unix:" + socket }
    var log: String { program.errors }
    var pid: pid_t { program.pid }
    var isRunning: Bool { program.isRunning }

    /// Stops the daemon as an operator would.
    func stop() async throws {
        signal(SIGTERM)
        try await waitForEnd()
    }

    /// Waits for the end of a daemon that was told to stop.
    func waitForEnd() async throws {
        let outcome = try await program.outcome()
        #expect(outcome.status == 0, "packagingd did not stop cleanly:\n\(outcome.errors)")
    }

    /// Ends the daemon as a power cut would.
    func kill() async throws {
        signal(SIGKILL)
        try await waitForKill()
    }

    /// Waits for the end of a daemon that was killed.
    func waitForKill() async throws {
        let outcome = try await program.outcome()
        #expect(outcome.status == -SIGKILL, "packagingd ended before it was killed:\n\(outcome.errors)")
    }

    func signal(_ number: Int32) { program.signal(number) }
}

/// Gives `body` a new folder that the users of Postgres and of the workers can pass, and removes it afterwards.
func withFolder(_ body: (String) async throws -> Void) async throws {
    let folder = "/tmp/khipu-it-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(
        atPath: folder,
        withIntermediateDirectories: false,
        attributes: [.posixPermissions: 0o755]
    )
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await body(folder)
}

/// Gives `body` a daemon, and stops it afterwards.
func withDaemon(arguments: [String] = [], _ body: (Daemon, String) async throws -> Void) async throws {
    try await withFolder { folder in
        let daemon = try await Daemon.start(state: folder + "/state", arguments: arguments)
        do {
            try await body(daemon, folder)
        } catch {
            Issue.record("the daemon's log:\n\(daemon.log)")
            try await daemon.kill()
            throw error
        }
        try await daemon.stop()
    }
}
