import Foundation
import Testing

/// Programs as a user runs them.
enum Program {
    /// What a finished program left.
    struct Outcome: Sendable {
        var status: Int32
        var output: String
        var errors: String
    }

    /// Where this build's executables are.
    static let folder: String = {
        var path = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let arguments = CommandLine.arguments
        // The test runner is the toolchain's; the bundle it was given lies beside our executables.
        if let bundle = arguments.first(where: { $0.hasSuffix(".xctest") }) {
            path = URL(fileURLWithPath: bundle).deletingLastPathComponent()
        }
        return path.path
    }()

    /// The top folder of the repository.
    static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// One of this build's executables.
    static func built(_ name: String) -> String { folder + "/" + name }

    /// Runs a program to its end.
    ///
    /// - Parameters:
    ///   - name: A path, or a name that is looked up in the path.
    ///   - timeout: After this the program is killed and the test fails.
    @discardableResult
    static func run(
        _ name: String,
        _ arguments: [String],
        input: String? = nil,
        environment: [String: String] = [:],
        timeout: Duration = .seconds(240)
    ) async throws -> Outcome {
        let program = try Running(name, arguments, input: input, environment: environment)
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

/// A program that runs, its output kept in files so that it never waits for us.
final class Running: @unchecked Sendable {
    // Foundation's Process is not Sendable: only `init` configures it, all else calls what it documents as thread-safe.
    private let process = Process()
    private let folder: URL
    private let ended: AsyncStream<Void>

    init(
        _ name: String,
        _ arguments: [String],
        input: String? = nil,
        environment: [String: String] = [:]
    ) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("khipu-run-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        process.executableURL = URL(fileURLWithPath: name.hasPrefix("/") ? name : "/usr/bin/env")
        process.arguments = name.hasPrefix("/") ? arguments : [name] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        // Foundation keeps a process, and what it was given, for good; past 1,350 open files its `run` reads beyond the
        // list of them. So what the child has taken over is closed here.
        var handles: [FileHandle] = []
        defer { for handle in handles { try? handle.close() } }
        for (file, keyPath) in [("out", \Process.standardOutput), ("err", \Process.standardError)] {
            let url = folder.appendingPathComponent(file)
            _ = FileManager.default.createFile(atPath: url.path, contents: nil)
            let handle = try FileHandle(forWritingTo: url)
            process[keyPath: keyPath] = handle
            handles.append(handle)
        }
        let inputFile = folder.appendingPathComponent("in")
        try Data((input ?? "").utf8).write(to: inputFile)
        let standardInput = try FileHandle(forReadingFrom: inputFile)
        process.standardInput = standardInput
        handles.append(standardInput)
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        ended = stream
        process.terminationHandler = { _ in continuation.finish() }
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: folder)
    }

    var pid: pid_t { process.processIdentifier }
    var isRunning: Bool { process.isRunning }
    var output: String { text("out") }
    var errors: String { text("err") }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Waits for the program's end.
    func outcome(timeout: Duration = .seconds(240)) async throws -> Program.Outcome {
        try await within(timeout) {
            for await _ in self.ended {}
            // The wait ends without the program where its task was cancelled.
            try Task.checkCancellation()
        }
        let status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
        return Program.Outcome(status: status, output: output, errors: errors)
    }

    private func text(_ file: String) -> String {
        String(decoding: (try? Data(contentsOf: folder.appendingPathComponent(file))) ?? Data(), as: UTF8.self)
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
