package import Foundation

/// Runs the independent programs that judge our output.
///
/// A missing program fails the test, because output that nothing has judged is not proved.
package enum Oracle {
    /// The result of a program.
    package struct Verdict: Sendable {
        /// The exit code.
        package let status: Int32
        /// Standard output and standard error together.
        package let output: String
    }

    /// Why a program could not be run.
    package struct Missing: Error, CustomStringConvertible {
        /// The program.
        package let program: String
        /// One line: what is missing and how to get it.
        package var description: String { "cannot find \"\(program)\": \"make test\" installs it" }
    }

    /// Runs `program` from the repository's `.venv` or from PATH, and waits for its end.
    @discardableResult
    package static func run(_ program: String, _ arguments: [String], in folder: URL? = nil) throws -> Verdict {
        guard let executable = executable(program) else { throw Missing(program: program) }
        let process = Process()
        let pipe = Pipe()
        process.executableURL = executable
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Verdict(status: process.terminationStatus, output: String(decoding: output, as: UTF8.self))
    }

    /// Runs a Python program in the repository's `.venv`, where mutagen is.
    package static func python(_ program: String, _ arguments: [String] = []) throws -> Verdict {
        guard let executable = repositoryTool("python3") else { throw Missing(program: ".venv/bin/python3") }
        return try run(executable.path, ["-c", program] + arguments)
    }

    private static func executable(_ program: String) -> URL? {
        if program.hasPrefix("/") { return URL(fileURLWithPath: program) }
        if let tool = repositoryTool(program) { return tool }
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
        return folders.lazy
            .map { URL(fileURLWithPath: String($0)).appendingPathComponent(program) }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }

    private static func repositoryTool(_ program: String) -> URL? {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<5 { folder.deleteLastPathComponent() }
        let tool = folder.appendingPathComponent(".venv/bin").appendingPathComponent(program)
        return FileManager.default.isExecutableFile(atPath: tool.path) ? tool : nil
    }
}

/// Calls `body` with a new folder that is removed afterwards.
package func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("khipu-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}
