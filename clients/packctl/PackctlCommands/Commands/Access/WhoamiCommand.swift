internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages

/// `packctl whoami`
struct WhoamiCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "whoami",
        abstract: "Tell as whom the daemon takes you.",
        discussion: """
            With a token: its tenant, user or service, scopes and end. Without one only the local operator is known: the \
            daemon's own user, on its Unix socket.

            EXAMPLES
              packctl whoami
              packctl whoami --address tcp://books.example:7443 --token-file token
            """
    )

    @OptionGroup var global: GlobalOptions

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        let reply: AuthenticateReply
        if let caller = try await client.caller() {
            reply = caller
        } else {
            // Only the local operator may see the tenants; to all others the daemon says what they lack.
            _ = try await client.listTenants(ListTenantsRequest(pageSize: 1))
            let tenant = try global.chosenTenant()
            reply = AuthenticateReply(tenant: tenant.isEmpty ? "local" : tenant, caller: "operator")
        }
        show(reply, on: console) { Self.lines(reply, time: TimeText()) }
        return .done
    }

    static func lines(_ reply: AuthenticateReply, time: TimeText) -> [String] {
        let facts = [
            ("caller", reply.caller), ("tenant", reply.tenant), ("scopes", reply.scopes.joined(separator: ", ")),
            ("expires", reply.expiresAt.map { time.relative($0.date) } ?? ""),
        ]
        return facts.filter { !$0.1.isEmpty }.map { $0.0.padded(to: 7) + "  " + $0.1.printable }
    }
}
