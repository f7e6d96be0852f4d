package import Foundation
import Synchronization

/// Servers of blobs, of which each test process has one set. They start when the first test needs one, and end with the process.
package actor CloudServers {
    /// The servers of this process.
    package static let shared = CloudServers()

    /// A server that speaks S3, with an empty bucket.
    package struct S3: Sendable, Decodable {
        /// Its URL, on loopback.
        package let endpoint: String
        /// The bucket, which several tests use at once: each under a prefix of its own.
        package let bucket: String
        /// The region that it expects.
        package let region: String
        /// The id of the keys.
        package let id: String
        /// The secret of the keys.
        package let secret: String
    }

    /// Why there are no servers.
    package struct Failure: Error, CustomStringConvertible {
        /// One line.
        package let description: String
    }

    private var start: Task<[String: S3], any Error>?

    /// The server called `name`: `swift` or `moto`.
    package func s3(_ name: String) async throws -> S3 {
        // It is a task and not a value, so that tests that ask at the same time wait for the same start.
        let start = start ?? Task { try Self.launch(["swift", "moto"]) }
        self.start = start
        guard let server = try await start.value[name] else { throw Failure(description: "there is no server \(name)") }
        return server
    }

    /// Runs a Python program with the tools for clouds.
    package static func python(_ script: String, _ arguments: [String]) throws -> Data {
        let process = try self.process(script, arguments)
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "\(script) ended with status \(process.terminationStatus)")
        }
        return data
    }

    static func process(_ script: String, _ arguments: [String]) throws -> Process {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        let process = Process()
        process.executableURL = root.appendingPathComponent(".venv-clouds/bin/python")
        process.arguments = [root.appendingPathComponent("Tests/Support/clouds/\(script)").path] + arguments
        // The keys of whoever runs the tests are none of theirs.
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("AWS_") }
        return process
    }

    private static func launch(_ names: [String]) throws -> [String: S3] {
        let folder = TemporaryFolder("clouds")
        let running = try start("servers.py", [folder.path] + names)
        let servers = try JSONDecoder().decode([String: S3].self, from: running.line())
        living.withLock { $0 = (running, folder) }
        atexit { CloudServers.stop() }
        return servers
    }

    /// Starts a program that runs until its standard input ends.
    static func start(_ script: String, _ arguments: [String]) throws -> Living {
        let process = try self.process(script, arguments)
        let running = Living(process: process, input: Pipe(), output: Pipe())
        process.standardInput = running.input
        process.standardOutput = running.output
        do {
            try process.run()
        } catch {
            throw Failure(description: "could not start \(script): \(error); \"make test\" installs what it needs")
        }
        return running
    }

    /// A program that runs until its standard input ends.
    struct Living: @unchecked Sendable {
        let process: Process
        let input: Pipe
        let output: Pipe

        /// The next line that it writes.
        func line() throws -> Data {
            var line = Data()
            while line.last != UInt8(ascii: "\n") {
                guard let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty else {
                    throw Failure(description: "\(process.arguments?.first ?? "a program") ended early")
                }
                line += byte
            }
            return line
        }
    }

    private static let living = Mutex<(Living, TemporaryFolder)?>(nil)

    private static func stop() {
        guard let (running, folder) = living.withLock({ $0 }) else { return }
        try? running.input.fileHandleForWriting.close()
        running.process.waitUntilExit()
        folder.remove()
    }
}

/// Stands before a server, and lets a part of the requests go wrong.
package final class FaultProxy: Sendable {
    /// The kinds of faults.
    package static let kinds = ["error", "busy", "reset", "cut", "stall", "lost", "late-error", "damaged"]

    /// The URL that is asked in place of the server's.
    package let endpoint: String
    private let running: CloudServers.Living

    /// Starts a proxy.
    ///
    /// - Parameters:
    ///   - target: The URL of the server.
    ///   - seed: Decides which requests go wrong, and how.
    ///   - percent: How many of a hundred.
    package init(before target: String, seed: UInt32, percent: Double) throws {
        running = try CloudServers.start("fault_proxy.py", [target, "\(seed)", "\(percent)"])
        endpoint = try JSONDecoder().decode([String: String].self, from: running.line())["endpoint"] ?? ""
    }

    /// Ends it, and tells how often each fault happened, and how many requests there were.
    package func end() throws -> [String: Int] {
        try running.input.fileHandleForWriting.close()
        let counts = try JSONDecoder().decode([String: Int].self, from: running.line())
        running.process.waitUntilExit()
        return counts
    }
}
