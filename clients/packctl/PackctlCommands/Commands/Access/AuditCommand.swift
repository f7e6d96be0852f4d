internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages

/// `packctl audit`
struct AuditCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "List who changed what, or tried to.",
        discussion: """
            The latest first: every call that changed something or tried to, and every login that failed. The local operator \
            sees all tenants, or the one of --tenant; callers with the scope admin see their own.

            EXAMPLES
              packctl audit
              packctl audit --tenant quayside --limit 1000 --json
            """
    )

    @Option(help: ArgumentHelp("How many entries to list at most; 100 unless given.", valueName: "n"))
    var limit: Int = 100

    @OptionGroup var global: GlobalOptions

    func checkArguments() throws {
        guard (1...1_000_000).contains(limit) else {
            throw Complaint(.usage, "--limit must be 1 through 1,000,000, not \(limit)")
        }
    }

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        let tenant = try global.chosenTenant()
        var entries: [AuditEntry] = []
        var token = ""
        repeat {
            let size = Int32(min(1000, limit - entries.count))
            let page = try await client.listAudit(ListAuditRequest(tenant: tenant, pageSize: size, pageToken: token))
            entries += page.entries.prefix(Int(size))
            // If a daemon returned the same token again, the loop would never end.
            token = page.nextPageToken == token || page.entries.isEmpty ? "" : page.nextPageToken
        } while !token.isEmpty && entries.count < limit
        show(ListAuditReply(entries: entries), on: console) {
            Self.lines(entries, time: TimeText(), layout: console.layout)
        }
        return .done
    }

    static func lines(_ entries: [AuditEntry], time: TimeText, layout: Table.Layout = .complete) -> [String] {
        guard !entries.isEmpty else { return ["nothing is recorded"] }
        var table = Table(
            .init(heading: "WHEN"),
            .init(heading: "TENANT", givesWay: .leftOut(rank: 2)),
            .init(heading: "WHO"),
            .init(heading: "CALL"),
            .init(heading: "OUTCOME", givesWay: .cut(to: 16)),
            .init(heading: "FROM", givesWay: .leftOut(rank: 1)),
            .init(heading: "ON", givesWay: .ownLine(rank: 3))
        )
        for entry in entries {
            table.add(
                entry.at.map { time.local($0.date) } ?? "-",
                entry.tenant.orDash,
                entry.actor.orDash,
                entry.method.orDash,
                entry.outcome.orDash,
                entry.peer.orDash,
                entry.target.orDash
            )
        }
        return table.lines(layout)
    }
}
