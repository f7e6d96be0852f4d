internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages

/// `packctl tenant set NAME`
struct TenantSetCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "set",
        abstract: "Change a tenant's plan.",
        discussion: """
            Only what is named changes. What the tenant has stays, also where it is more than the new plan allows.

            EXAMPLES
              packctl tenant set quayside --quota 100GB
              packctl tenant set quayside --retention-days 60 --no-drops-oldest
            """
    )
    static let words = "tenant set"

    @Argument(help: "Its name or id.", completion: Completion.tenants)
    var name: String

    @OptionGroup var plan: TenantPlanOptions

    @OptionGroup var global: GlobalOptions

    func checkArguments() throws {
        guard !plan.isEmpty else { throw Complaint(.usage, "name what to change, such as --quota 50GB") }
        try plan.check()
    }

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        guard let tenant = try await client.getTenantUsage(GetTenantUsageRequest(tenant: name)).tenant else {
            throw Complaint(.failed, "the daemon did not tell the plan of tenant \"\(name)\"")
        }
        let changed = try await client.putTenant(plan.applied(to: tenant))
        show(changed, on: console) { ["changed tenant \"\(changed.name)\"".printable] + changed.planLines }
        return .done
    }
}
