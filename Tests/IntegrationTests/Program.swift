import Descriptors
import Foundation
import Processes
import Testing

/// Programs as a user runs them.
enum Program {
    /// The result of a program that has ended.
    struct Outcome: Sendable {
        var status: Int32
        var output: String
        var errors: String
    }

    /// Where this build's executables are.
    private static let folder: String = {
        var path = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let arguments = CommandLine.arguments
        // The test runner belongs to the toolchain; the bundle that it was given lies beside our executables.
        if let bundle = arguments.first(where: { $0.hasSuffix(".xctest") }) {
            path = URL(fileURLWithPath: bundle).deletingLastPathComponent()
        }
        return path.path
    }()

    /// Copies a program to where a test starts it.
    ///
    /// Another process copies: a child that another test starts at this moment would inherit our open file, and nobody may
    /// execute a file that somebody can still write ("Text file busy").
    static func install(_ program: String, as copy: String) async throws {
        try await tool("install", ["-m", "755", program, copy])
    }

    /// The top folder of the repository.
    static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// The programs that packages install. If the variable `KHIPU_BIN` is set, the programs in the folder that it names
    /// are tested: scripts/test-installed sets it.
    private static let installed = ["packagingd", "packctl"]

    /// One of our programs: this build's, or the one that is installed.
    static func built(_ name: String) -> String {
        let chosen = installed.contains(name) ? ProcessInfo.processInfo.environment["KHIPU_BIN"] : nil
        return (chosen ?? folder) + "/" + name
    }

    /// Runs a program to its end.
    ///
    /// - Parameters:
    ///   - name: A path, or a name that is looked up in the path.
    ///   - timeout: After this time the program is killed and the test fails. It is long, because a test that passes
    ///     never waits for it.
    @discardableResult
    static func run(
        _ name: String,
        _ arguments: [String],
        input: String? = nil,
        environment: [String: String] = [:],
        timeout: Duration = .seconds(600)
    ) async throws -> Outcome {
        let program = try await Running.start(name, arguments, input: input, environment: environment)
        return try await program.outcome(timeout: timeout)
    }

    /// Runs a tool that makes or judges files, and gives its output; anything but success fails the test.
    @discardableResult
    static func tool(_ name: String, _ arguments: [String], input: String? = nil) async throws -> String {
        let outcome = try await run(name, arguments, input: input)
        try #require(
            outcome.status == 0,
            "\(name) \(arguments.joined(separator: " ")): \(outcome.output)\(outcome.errors)"
        )
        return outcome.output
    }

    /// Runs a Python script with the tools that `make test` installs.
    static func python(_ script: String, _ arguments: [String] = []) async throws -> String {
        try await tool(repository + "/.venv/bin/python", ["-c", script] + arguments)
    }
}

/// A running program. Its output is kept in files, so that the program never waits for the test.
///
/// Our own launcher starts it, because Foundation's `Process` may pass a child the descriptor that reports the end of
/// another child started at the same moment. That end is then reported only when both have ended.
final class Running: Sendable {
    private static let launcher = Result { try Launcher() }

    /// Tests must not use the configuration of a daemon that is installed on this machine.
    private static let noFile = ["PACKAGINGD_CONFIG": "/dev/null"]

    private let child: ChildProcess
    private let name: String
    private let folder: String

    private init(_ child: ChildProcess, name: String, folder: String) {
        self.child = child
        self.name = name
        self.folder = folder
    }

    /// Starts a program, and returns when it runs.
    static func start(
        _ name: String,
        _ arguments: [String],
        input: String? = nil,
        environment: [String: String] = [:]
    ) async throws -> Running {
        let folder = NSTemporaryDirectory() + "/khipu-run-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data((input ?? "").utf8).write(to: URL(fileURLWithPath: folder + "/in"))
        let files = [
            try Descriptor.open(folder + "/in", O_RDONLY), try Descriptor.open(folder + "/out", O_WRONLY | O_CREAT),
            try Descriptor.open(folder + "/err", O_WRONLY | O_CREAT),
        ]
        let child = try await launcher.get().launch(
            ChildSpecification(
                executable: name.hasPrefix("/") ? name : "/usr/bin/env",
                arguments: name.hasPrefix("/") ? arguments : [name] + arguments,
                environment: ProcessInfo.processInfo.environment.merging(noFile.merging(environment) { $1 }) { $1 },
                descriptors: files.enumerated().map { (CInt($0.offset), $0.element) },
                noNewPrivileges: false
            )
        )
        return Running(child, name: name, folder: folder)
    }

    deinit {
        child.signalGroup(SIGKILL)
        try? FileManager.default.removeItem(atPath: folder)
    }

    var pid: pid_t { child.pid }
    var isRunning: Bool { child.exitStatus == nil }
    var output: String { text("out") }
    var errors: String { text("err") }

    func signal(_ number: Int32) { child.signal(number) }

    /// Waits for the program's end. One that takes longer than `timeout` is killed.
    func outcome(timeout: Duration = .seconds(600)) async throws -> Program.Outcome {
        let status = try await within(timeout, "the end of \(name)") { [child] in
            await withTaskCancellationHandler {
                await child.wait()
            } onCancel: {
                child.signalGroup(SIGKILL)
            }
        }
        try Task.checkCancellation()
        let number =
            switch status {
            case .exited(let code): code
            case .signalled(let signal): -signal
            }
        return Program.Outcome(status: number, output: output, errors: errors)
    }

    private func text(_ file: String) -> String {
        String(decoding: (try? Data(contentsOf: URL(fileURLWithPath: folder + "/" + file))) ?? Data(), as: UTF8.self)
    }
}

/// Something did not happen in time.
struct TimedOut: Error, CustomStringConvertible {
    var description: String
}

/// Runs `body`, which must end within `limit`.
func within<Value: Sendable>(
    _ limit: Duration,
    _ what: String = "the step",
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw TimedOut(description: "\(what) took longer than \(limit)")
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw CancellationError() }
        return first
    }
}
