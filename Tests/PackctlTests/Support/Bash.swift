import Foundation

/// Runs a script with bash and gives what it wrote to both outputs.
func bash(_ script: String, _ arguments: [String] = [], environment: [String: String] = [:]) async throws -> String {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", script, "bash"] + arguments
    process.environment = ["PATH": "/usr/bin:/bin"].merging(environment) { $1 }
    process.standardOutput = output
    process.standardError = output
    return try await withCheckedThrowingContinuation { continuation in
        // Reading blocks, and the daemon that the script asks runs on the threads of the tests.
        Thread {
            do {
                try process.run()
                let bytes = output.fileHandleForReading.readDataToEndOfFile()
                process.waitUntilExit()
                continuation.resume(returning: String(decoding: bytes, as: UTF8.self))
            } catch {
                continuation.resume(throwing: error)
            }
        }.start()
    }
}
