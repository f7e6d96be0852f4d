import Foundation
import Model
import PackagingClient
import PackagingMessages
import Protobuf
import Testing

extension Daemon {
    /// Imports a ``LongBook``.
    func importLongBook(chapters: Int, in folder: String) async throws {
        try await LongBook.write(to: folder + "/book", chapters: chapters)
        let imported = try await packctl("import", folder + "/book")
        try #require(imported.status == 0, "\(imported.errors)")
    }

    /// Returns when a daemon encodes for attempt number `attempt` at a job. The job's own events tell it.
    ///
    /// The events may reach a test late on a busy machine. Tests that must act within seconds while a daemon works on a
    /// job use shell scripts, such as those below.
    func encodes(_ job: String, attempt: Int32 = 1) async throws {
        let address = try PackagingAddress.parse(address)
        try await within(.seconds(600), "the work on job \(job)") {
            try await PackagingClient.withConnection(to: address) { client in
                for try await event in client.events(of: .jobID(job))
                where event.status == .processing && event.attempt == attempt { return }
                throw JobEndedEarly()
            }
        }
    }

    /// Starts a daemon that is killed as soon as it encodes for attempt number `attempt` at a job, and does not wait
    /// until it serves.
    static func launch(
        state: String,
        arguments: [String],
        killedAtAttempt attempt: Int,
        of job: String
    ) async throws -> Daemon {
        let watch = "until packctl --json watch \(job) 2>/dev/null; do sleep 0.1; done"
        let words = encodes(attempt: attempt)
        return try await launch(
            state: state,
            arguments: arguments,
            beside: "\(watch) & until grep -qsE '\(words)' /proc/$$/fd/1; do sleep 0.05; done; kill -s KILL $$"
        )
    }

    /// Runs a shell script, and sends `signal` to the daemon as soon as the script has written `words`.
    ///
    /// - Parameters:
    ///   - script: The script. `packctl` in it calls this daemon.
    ///   - words: An extended regular expression for a line of either output.
    func start(_ script: String, signalling signal: String, at words: String) async throws -> Running {
        try await Running.start(
            "/bin/sh",
            [
                "-c",
                """
                packctl() { \(Program.built("packctl")) --address \(address) "$@"; }
                ( \(script) ) & script=$!
                until grep -qsE '\(words)' /proc/$$/fd/1 /proc/$$/fd/2 || ! kill -0 $script 2>/dev/null; do sleep 0.05; done
                kill -s \(signal) \(pid)
                wait $script
                """,
            ]
        )
    }

    private static func encodes(attempt: Int) -> String { #""status":"processing".*"attempt":\#(attempt)\}"# }

    /// Like ``start(_:signalling:at:)``, for a script that makes a job for the ``LongBook`` and follows it.
    func startLongJob(signalling signal: String) async throws -> Running {
        try await start(
            "packctl --json create long --platform google --watch",
            signalling: signal,
            at: Self.encodes(attempt: 1)
        )
    }

    /// The one job of the ``LongBook``.
    func longJob() async throws -> String {
        let jobs = try #require(try await json("jobs", "long")["jobs"] as? [[String: Any]])
        try #require(jobs.count == 1)
        return try #require(jobs.first?["id"] as? String)
    }
}

/// A job ended before the moment came that the test waits for.
struct JobEndedEarly: Error {}

extension Daemon {
    /// Waits until the daemon takes work.
    func serves() async throws {
        try await within(.seconds(600), "a daemon that serves") { [self] in
            while try await packctl("health").status != 0 { try await Task.sleep(for: .milliseconds(50)) }
        }
    }
}
