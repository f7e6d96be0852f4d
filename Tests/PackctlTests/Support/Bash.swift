import Concurrency
import Descriptors
import Foundation
import Processes

/// Runs a script with bash and returns what it wrote to both outputs.
func bash(_ script: String, _ arguments: [String] = [], environment: [String: String] = [:]) async throws -> String {
    try await withFolder { folder in
        let output = try Descriptor.open(folder + "/output", O_WRONLY | O_CREAT | O_APPEND)
        let child = try await launcher.get().launch(
            ChildSpecification(
                executable: "/bin/bash",
                arguments: ["-c", script, "bash"] + arguments,
                environment: ["PATH": "/usr/bin:/bin"].merging(Sanitizer.environment) { $1 }.merging(environment) {
                    $1
                },
                descriptors: [(1, output), (2, output)]
            )
        )
        _ = await child.wait()
        return try String(contentsOfFile: folder + "/output", encoding: .utf8)
    }
}
