internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages

/// `packctl grants PROJECT`
struct GrantsCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "grants",
        abstract: "List the users that have a role on a project.",
        discussion: """
            Callers with the scope admin, services and the local operator need no role, and are not listed.

            EXAMPLES
              packctl grants the-knot-keeper
            """
    )

    @Argument(help: "The project's id or slug.", completion: Completion.projects)
    var project: String

    @OptionGroup var global: GlobalOptions

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        let grants = try await allPages { token in
            let page = try await client.listGrants(ListGrantsRequest(project: project, pageToken: token))
            return (page.grants, page.nextPageToken)
        }
        show(ListGrantsReply(grants: grants), on: console) {
            Self.lines(grants, time: TimeText(), layout: console.layout)
        }
        return .done
    }

    static func lines(_ grants: [Grant], time: TimeText, layout: Table.Layout = .complete) -> [String] {
        guard !grants.isEmpty else {
            return ["no user has a role; give one with \"packctl grant PROJECT --user NAME\""]
        }
        var table = Table(
            .init(heading: "USER"),
            .init(heading: "ROLE"),
            .init(heading: "SINCE", givesWay: .leftOut(rank: 1)),
            .init(heading: "GIVEN BY", givesWay: .leftOut(rank: 2))
        )
        for grant in grants {
            table.add(
                grant.user,
                grant.role.word ?? "-",
                grant.grantedAt.map { time.relative($0.date) } ?? "-",
                grant.grantedBy.orDash
            )
        }
        return table.lines(layout)
    }
}
