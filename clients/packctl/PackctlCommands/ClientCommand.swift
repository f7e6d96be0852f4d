internal import ArgumentParser
internal import Foundation
internal import PackagingClient
internal import PackagingMessages
internal import Protobuf

/// A command of packctl.
protocol PackctlCommand: AsyncParsableCommand {
    var global: GlobalOptions { get }

    /// The words that name the command, such as "tenant add".
    static var words: String { get }

    /// Does all of the command's work and returns how it ended.
    func execute() async throws -> CommandStatus
}

/// A command that communicates with the daemon during its whole run.
protocol ClientCommand: PackctlCommand {
    /// Makes all checks that are possible before the first call.
    func checkArguments() throws

    /// Does the work over a connection. It may throw errors of the wire unchanged.
    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus
}

extension ClientCommand {
    func checkArguments() throws {}

    func execute() async throws -> CommandStatus {
        let console = Console.current
        do {
            try checkArguments()
        } catch let error as Complaint {
            var complaint = error
            if error.status == .usage, error.hint == nil {
                complaint.hint = "See \"packctl \(Self.words) --help\"."
            }
            throw complaint
        }
        return try await connected { client in try await run(client, console) }
    }
}

extension PackctlCommand {
    static var words: String { configuration.commandName ?? "" }

    /// Connects according to the global options, runs `body`, and closes the connection.
    func connected(_ body: (PackagingClient) async throws -> CommandStatus) async throws -> CommandStatus {
        let environment = ProcessInfo.processInfo.environment
        let address = try global.resolvedAddress(environment)
        let tenant = try global.resolvedTenant(environment)
        let tokens = try global.tokens(environment)
        let tls = try global.tls(environment)
        if let warning = global.tokenWarning(environment) { Console.current.message(warning.printable) }
        do {
            return try await PackagingClient.withConnection(to: address, tenant: tenant, tokens: tokens, tls: tls, body)
        } catch let error as PackagingError {
            // If the call ended because the user interrupted it, that is not an error of the daemon.
            try Task.checkCancellation()
            var complaint = Complaint(error)
            if complaint.status == .unreachable, complaint.hint == nil {
                // The client library explains why it could not connect. Here the connection was made.
                complaint.hint =
                    error.metadata["callID"] == nil
                    ? "The daemon ended or closed the connection: run the command again when it runs."
                    : "The daemon runs, but cannot do this now: \"packctl health\" tells why."
            }
            throw complaint
        }
    }

    /// Prints a reply as JSON if that was asked for; otherwise prints the lines of `text`.
    func show(_ reply: some WireMessage, on console: Console, text: () -> [String]) {
        if global.json {
            console.result(reply.json)
        } else {
            for line in text() { console.result(line) }
        }
    }
}

extension PackagingError {
    /// Why audio was refused, without the place in the book, which the message names.
    var refusal: String { metadata["refusal"] ?? message }

    /// Whether a segment that was to get refused audio had other audio, and keeps it.
    var keepsEarlier: Bool { metadata["segmentsKeeping"].map { $0 != "0" } ?? false }
}

extension ProtoTimestamp {
    /// The same instant.
    var date: Date { Date(timeIntervalSince1970: Double(seconds) + Double(nanos) / 1e9) }
}

extension String {
    /// The text of a table cell; a dash if it is empty.
    var orDash: String { isEmpty ? "-" : self }
}
