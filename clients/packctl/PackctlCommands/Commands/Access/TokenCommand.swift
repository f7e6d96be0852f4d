internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages

/// `packctl token revoke ID`
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Refuse single tokens.",
        discussion: """
            For callers with the scope admin, and the local operator. "packagingd token" makes tokens for development; others \
            come from whoever signs for your services.

            EXAMPLES
              packctl token revoke 0f8fad5b-d9cb-469f-a165-70867728950e
            """,
        subcommands: [TokenRevokeCommand.self]
    )
}

/// `packctl token revoke ID`
struct TokenRevokeCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Refuse a token from now on.",
        discussion: """
            Every daemon refuses it within 5 seconds, and what it still does ends. Without --expires the token is remembered for \
            90 days; one that is good for longer needs the time of its end.

            EXAMPLES
              packctl token revoke 0f8fad5b-d9cb-469f-a165-70867728950e
              packctl token revoke build-7 --expires 2027-06-30
            """
    )
    static let words = "token revoke"

    @Argument(help: ArgumentHelp("The token's id, its claim \"jti\".", valueName: "id"))
    var token: String

    @Option(help: ArgumentHelp("When the token ends: 2027-06-30, or 2027-06-30T12:00:00Z.", valueName: "time"))
    var expires: String?

    @OptionGroup var global: GlobalOptions

    func checkArguments() throws {
        guard !token.isEmpty else { throw Complaint(.usage, "the token's id must not be empty") }
        _ = try TimeArgument.time(expires, option: "--expires")
    }

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        let request = RevokeTokenRequest(
            tenant: try global.chosenTenant(),
            tokenID: token,
            expiresAt: try TimeArgument.time(expires, option: "--expires")
        )
        let revocation = try await client.revokeToken(request)
        show(revocation, on: console) { ["revoked token \(token)".printable] }
        return .done
    }
}
