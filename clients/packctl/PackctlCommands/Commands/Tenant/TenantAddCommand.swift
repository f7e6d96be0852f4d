internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages

/// `packctl tenant add NAME`
struct TenantAddCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Make a tenant.",
        discussion: """
            Without the options it may keep 1 GB, start 100 jobs an hour, and archive 3 versions for 30 days.

            EXAMPLES
              packctl tenant add quayside
              packctl tenant add quayside --quota 50GB --versions 5 --drops-oldest
            """
    )
    static let words = "tenant add"

    @Argument(help: "Its name: 1 to 63 of a-z, 0-9 and \"-\".")
    var name: String

    @OptionGroup var plan: TenantPlanOptions

    @OptionGroup var global: GlobalOptions

    func checkArguments() throws { try plan.check() }

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        // PutTenant would replace the plan of a tenant that has the name already.
        if try await client.tenantUsage(of: name) != nil {
            throw PackagingError(
                .alreadyExists,
                "tenant \"\(name)\" exists already",
                reason: "TENANT_EXISTS",
                hint: "Change its plan with \"packctl tenant set \(name)\"."
            )
        }
        let usual = Tenant(
            name: name,
            quotaBytes: 1_000_000_000,
            defaultRetentionDays: 30,
            versionLimit: 3,
            jobsPerHour: 100
        )
        let tenant = try await client.putTenant(plan.applied(to: usual))
        show(tenant, on: console) { ["added tenant \"\(tenant.name)\"".printable] + tenant.planLines }
        return .done
    }
}

extension PackagingClient {
    /// The tenant with this name or id and what it uses; nil if there is none.
    func tenantUsage(of name: String) async throws(PackagingError) -> TenantUsage? {
        do throws(PackagingError) {
            return try await getTenantUsage(GetTenantUsageRequest(tenant: name))
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }
}

extension Tenant {
    /// Its plan, for people.
    var planLines: [String] {
        let versions = Quantities.count(versionLimit, "archived version")
        return [
            "storage    \(Quantities.size(quotaBytes))",
            "jobs       \(Quantities.grouped(jobsPerHour)) an hour",
            "archive    \(versions) for each platform, kept \(Quantities.count(defaultRetentionDays, "day")); "
                + (dropsOldestVersion ? "one too many deletes the oldest" : "one too many is refused"),
        ]
    }
}
