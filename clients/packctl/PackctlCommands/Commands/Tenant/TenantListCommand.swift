internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages

/// `packctl tenant list`
struct TenantListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the tenants with their plans.",
        discussion: """
            EXAMPLES
              packctl tenant list
              packctl tenant list --json
            """
    )
    static let words = "tenant list"

    @OptionGroup var global: GlobalOptions

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        let tenants = try await allPages { token in
            let page = try await client.listTenants(ListTenantsRequest(pageToken: token))
            return (page.tenants, page.nextPageToken)
        }
        show(ListTenantsReply(tenants: tenants), on: console) { Self.lines(tenants, layout: console.layout) }
        return .done
    }

    static func lines(_ tenants: [Tenant], layout: Table.Layout = .complete) -> [String] {
        var table = Table(
            .init(heading: "TENANT"),
            .init(heading: "STORAGE", isNumber: true),
            .init(heading: "JOBS/H", isNumber: true),
            .init(heading: "VERSIONS", isNumber: true),
            .init(heading: "DAYS", isNumber: true),
            .init(heading: "ONE TOO MANY", givesWay: .leftOut(rank: 1)),
            .init(heading: "ID", givesWay: .leftOut(rank: 2))
        )
        for tenant in tenants {
            table.add(
                tenant.name,
                Quantities.size(tenant.quotaBytes),
                "\(tenant.jobsPerHour)",
                "\(tenant.versionLimit)",
                "\(tenant.defaultRetentionDays)",
                tenant.dropsOldestVersion ? "deletes oldest" : "is refused",
                tenant.id
            )
        }
        return table.lines(layout)
    }
}
