internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages

/// `packctl revocations`
struct RevocationsCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "revocations",
        abstract: "List the tokens, users and services that are refused.",
        discussion: """
            The latest first. For callers with the scope admin, and the local operator.

            EXAMPLES
              packctl revocations
            """
    )

    @OptionGroup var global: GlobalOptions

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        let tenant = try global.chosenTenant()
        let revocations = try await allPages { token in
            let page = try await client.listRevocations(ListRevocationsRequest(tenant: tenant, pageToken: token))
            return (page.revocations, page.nextPageToken)
        }
        show(ListRevocationsReply(revocations: revocations), on: console) {
            Self.lines(revocations, time: TimeText(), layout: console.layout)
        }
        return .done
    }

    static func lines(_ revocations: [Revocation], time: TimeText, layout: Table.Layout = .complete) -> [String] {
        guard !revocations.isEmpty else { return ["nothing is revoked"] }
        var table = Table(
            .init(heading: "REFUSED"),
            .init(heading: "WHICH"),
            .init(heading: "SINCE", givesWay: .leftOut(rank: 2)),
            .init(heading: "BY", givesWay: .leftOut(rank: 1))
        )
        for revocation in revocations {
            table.add(
                revocation.subjectWords,
                which(revocation, time),
                revocation.createdAt.map { time.relative($0.date) } ?? "-",
                revocation.createdBy.orDash
            )
        }
        return table.lines(layout)
    }

    private static func which(_ revocation: Revocation, _ time: TimeText) -> String {
        switch revocation.subject {
        case .tokenID: "token"
        case .user: revocation.issuedBefore.map { "issued before " + time.local($0.date) } ?? "all"
        case nil: "-"
        }
    }
}
