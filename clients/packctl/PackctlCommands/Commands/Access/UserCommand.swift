internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages

/// `packctl user revoke NAME`
struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user",
        abstract: "Refuse the tokens of a user or a service.",
        discussion: """
            For callers with the scope admin, and the local operator.

            EXAMPLES
              packctl user revoke ana
            """,
        subcommands: [UserRevokeCommand.self]
    )
}

/// `packctl user revoke NAME`
struct UserRevokeCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Refuse all tokens that a user or a service has now.",
        discussion: """
            Every daemon refuses them within 5 seconds, and what they still do ends. Tokens that are issued later are taken, so \
            stop issuing them first. Roles on projects stay; "packctl grant" takes them away.

            EXAMPLES
              packctl user revoke ana
              packctl user revoke service:importer --issued-before 2026-12-01T08:00:00Z
            """
    )
    static let words = "user revoke"

    @Argument(help: "A user's name, or \"user:NAME\" or \"service:NAME\".")
    var name: String

    @Option(
        help: ArgumentHelp("Only tokens issued before this time, such as 2026-12-01T08:00:00Z.", valueName: "time")
    )
    var issuedBefore: String?

    @OptionGroup var global: GlobalOptions

    func checkArguments() throws {
        guard !name.isEmpty else { throw Complaint(.usage, "the name must not be empty") }
        _ = try TimeArgument.time(issuedBefore, option: "--issued-before")
    }

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        let request = RevokeUserRequest(
            tenant: try global.chosenTenant(),
            user: name,
            issuedBefore: try TimeArgument.time(issuedBefore, option: "--issued-before")
        )
        let revocation = try await client.revokeUser(request)
        show(revocation, on: console) {
            let before = revocation.issuedBefore.map { " issued before " + TimeText().local($0.date) } ?? ""
            return ["revoked the tokens of \(revocation.subjectWords)\(before)".printable]
        }
        return .done
    }
}

extension Revocation {
    /// Who or what is refused, such as "user:ana".
    var subjectWords: String {
        switch subject {
        case .tokenID(let id): id
        case .user(let user): user
        case nil: "-"
        }
    }
}
