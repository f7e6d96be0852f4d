internal import ArgumentParser
internal import Completions

internal import enum Model.Suggestion

/// The command line program for the daemon.
package enum Packctl {
    /// Runs one command line, without the program's name, and returns the exit status for the process.
    ///
    /// Results go to standard output, messages to standard error. Cancelling the task ends the command cleanly.
    package static func run(_ arguments: [String]) async -> Int32 {
        await exitStatus(of: arguments).rawValue
    }

    /// As ``run(_:)``, but returns the status as a value that tests compare.
    static func exitStatus(of arguments: [String]) async -> CommandStatus {
        // The command line may be wrong, so the form of errors cannot come from its parsed options.
        let console = Console.current.adapted(json: CommandLineOrder.asksForJSON(arguments), quiet: false)
        do {
            if let script = CommandLineOrder.completions.requested(by: arguments) {
                console.result(script)
                return .done
            }
            let arguments = CommandLineOrder.commandFirst(arguments)
            try checkCommand(arguments)
            var command = try await RootCommand.asyncParseAsRoot(arguments)
            guard let command = command as? any PackctlCommand else {
                // The only commands that are not ours are the root and ArgumentParser's own help command; both print
                // help.
                try command.run()
                return .done
            }
            let adapted = Console.current.adapted(json: command.global.json, quiet: command.global.quiet)
            return try await Console.$current.withValue(adapted) { try await command.execute() }
        } catch let error as Complaint {
            console.complain(error)
            return error.status
        } catch let error as BookError {
            console.complain(error)
            return .failed
        } catch is CancellationError {
            console.complain(Complaint(.interrupted, "interrupted"))
            return .interrupted
        } catch {
            return parsingEnded(by: error, console: console)
        }
    }

    /// Reports an unknown command. ArgumentParser itself would complain about the words after it.
    private static func checkCommand(_ words: [String]) throws {
        let commands = RootCommand.configuration.groupedSubcommands.flatMap { $0.subcommands }
        try check(words.first, among: commands, of: "")
        if let group = words.first, let commands = subcommands(of: group) {
            try check(words.dropFirst().first, among: commands, of: group + " ")
        }
    }

    private static func check(
        _ name: String?,
        among commands: [any ParsableCommand.Type],
        of group: String
    ) throws {
        let names = commands.compactMap { $0.configuration.commandName }
        guard let name, !name.hasPrefix("-"), name != "help", !names.contains(name) else { return }
        throw Complaint(
            .usage,
            "command \"\(group)\(name)\" is not known",
            hint: Suggestion.nearest(to: name, in: names).map { "Did you mean \"packctl \(group)\($0)\"?" }
                ?? "See \"packctl \(group)--help\"."
        )
    }

    /// The commands of the group `name`; nil if it is no group of commands.
    static func subcommands(of name: String) -> [any ParsableCommand.Type]? {
        let commands = RootCommand.configuration.groupedSubcommands.flatMap { $0.subcommands }
        let group = commands.first { $0.configuration.commandName == name }?.configuration.subcommands
        return group.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Help and the version are results; every other end of parsing means a wrong command line.
    private static func parsingEnded(by error: any Error, console: Console) -> CommandStatus {
        guard RootCommand.exitCode(for: error) != .success else {
            console.result(RootCommand.fullMessage(for: error))
            return .done
        }
        guard RootCommand.exitCode(for: error) == .validationFailure else {
            console.complain(Complaint(.failed, "\(error)"))
            return .failed
        }
        // ArgumentParser's text is a sentence, the usage and a pointer to the help, each on separate lines.
        let lines = RootCommand.fullMessage(for: error).split(separator: "\n").map(String.init)
        var message = lines.first ?? "the command line is wrong"
        if message.hasPrefix("Error: ") { message.removeFirst("Error: ".count) }
        if message.hasSuffix(".") { message.removeLast() }
        let usage = lines.first { $0.hasPrefix("Usage: ") }.map { String($0.dropFirst("Usage: ".count)) }
        console.complain(
            Complaint(
                .usage,
                message.prefix(1).lowercased() + message.dropFirst(),
                hint: usage.map { "Usage: \($0)" } ?? "See \"packctl --help\"."
            )
        )
        return .usage
    }
}

/// The command that contains all others.
struct RootCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "packctl",
        abstract: "Packages audiobooks for the platforms that sell them, by asking packagingd.",
        discussion: """
            EXAMPLES
              packctl import mybook
              packctl create mybook --platform google --watch
              packctl download --all mybook -o packages

            A PROJECT is an id or the slug that import prints. Results go to
            standard output, messages to standard error.

            OPTIONS OF EVERY COMMAND
              --address ADDR     unix:/path, a path, or tcp://host:port; otherwise
                                 PACKAGING_ADDRESS, or the default state folder's
              --token-file FILE  the file with the token, read again when that ends;
                                 otherwise PACKAGING_TOKEN or PACKAGING_TOKEN_FILE
              --ca-file FILE     whom to trust at a tcp:// address, which is TLS;
                                 otherwise PACKAGING_CA_FILE, or the system's
                                 authorities, and for loopback no TLS
              --certificate FILE your own certificate, and --key FILE its key;
                                 otherwise PACKAGING_CERTIFICATE, PACKAGING_KEY
              --tenant NAME      the tenant to act for, as the daemon's own user;
                                 otherwise PACKAGING_TENANT, or "local"
              --json             print replies as JSON, streams a line per event
              -q, --quiet        print results and errors, and nothing else

            ERRORS AS JSON
              One JSON object on standard error, and nothing else there:
              code (gRPC's, such as NOT_FOUND; for what packctl itself finds
              USAGE, NOT_FOUND, BOOK_INVALID, NOT_READY, PARTIAL, REFUSED, FAILED,
              UNAVAILABLE or INTERRUPTED), reason, message, details (a list, with
              file and line, field, chapter and segment, or platform), exitCode;
              where there are any: detail, hint, metadata, callId and
              retryAfterSeconds. What readiness, validate, inspect, health and
              watch found is a reply, and no error.

            EXIT CODES
              0 done       1 failed     2 usage                 3 not found
              4 refused    5 not ready or not valid package     7 done in part
              6 cannot reach the daemon             130 stopped with Ctrl-C
            """,
        version: "packctl \(Packctl.version)",
        groupedSubcommands: [
            CommandGroup(
                name: "Books",
                subcommands: [
                    ImportCommand.self, ProjectsCommand.self, ReadinessCommand.self, PlanCommand.self,
                    ManifestCommand.self, SegmentCommand.self, DeleteCommand.self,
                ]
            ),
            CommandGroup(
                name: "Jobs",
                subcommands: [
                    CreateCommand.self, WatchCommand.self, JobsCommand.self, JobCommand.self, CancelCommand.self,
                    RetryCommand.self,
                ]
            ),
            CommandGroup(
                name: "Packages",
                subcommands: [
                    PackagesCommand.self, DownloadCommand.self, ValidateCommand.self, InspectCommand.self,
                    ArchiveCommand.self, LinkCommand.self,
                ]
            ),
            CommandGroup(
                name: "Access",
                subcommands: [
                    WhoamiCommand.self, GrantCommand.self, GrantsCommand.self, TokenCommand.self, UserCommand.self,
                    RevocationsCommand.self, AuditCommand.self,
                ]
            ),
            CommandGroup(name: "Daemon", subcommands: [RulesCommand.self, HealthCommand.self, TenantCommand.self]),
        ]
    )
}

extension Packctl {
    /// The version of this release.
    static let version = "0.1.0"
}
