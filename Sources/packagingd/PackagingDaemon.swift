import ArgumentParser
import Completions
import Foundation
import Model

/// `packagingd`: the server that turns narrated books into packages for audiobook platforms.
@main
struct PackagingDaemon: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "packagingd",
        abstract: "Turns narrated books into the packages that audiobook stores accept.",
        discussion: """
            EXIT CODES
              0 done       1 failed     2 usage, also a mistake in the configuration
            """,
        version: Release.version,
        subcommands: [Serve.self, Migrate.self, Doctor.self, Config.self, Token.self],
        defaultSubcommand: Serve.self
    )

    /// Runs one command line, and ends the process.
    static func main() async {
        let completions = CompletionScript(for: Self.self, name: "packagingd")
        if let script = completions.requested(by: Array(CommandLine.arguments.dropFirst())) { return print(script) }
        do {
            var command = try await asyncParseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            // For a wrong command line, ArgumentParser has another exit code than our other programs.
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            tell(fullMessage(for: error) + "\n")
            Foundation.exit(ExitCode.usage.rawValue)
        }
    }
}
