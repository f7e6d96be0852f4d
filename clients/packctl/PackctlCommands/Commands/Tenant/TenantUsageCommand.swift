internal import ArgumentParser
internal import Foundation
internal import PackagingClient
internal import PackagingMessages
internal import Protobuf

/// `packctl tenant usage [NAME]`
struct TenantUsageCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage",
        abstract: "Show what a tenant uses of its plan.",
        discussion: """
            Without a name it is the tenant of --tenant or PACKAGING_TENANT, otherwise "local".

            EXAMPLES
              packctl tenant usage
              packctl tenant usage quayside --json
            """
    )
    static let words = "tenant usage"

    @Argument(help: "Its name or id.", completion: Completion.tenants)
    var name: String?

    @OptionGroup var global: GlobalOptions

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        let chosen = try name ?? global.resolvedTenant(ProcessInfo.processInfo.environment) ?? "local"
        let usage = try await client.getTenantUsage(GetTenantUsageRequest(tenant: chosen))
        show(usage, on: console) { Self.lines(usage, time: TimeText()) }
        return .done
    }

    static func lines(_ usage: TenantUsage, time: TimeText) -> [String] {
        let plan = usage.tenant ?? Tenant()
        let (used, limit) = (Quantities.size(usage.storageBytes), Quantities.size(plan.quotaBytes))
        let share = Quantities.share(usage.storageBytes, of: plan.quotaBytes).map { " (\($0))" } ?? ""
        let lines = [
            "tenant    \(plan.name)",
            "storage   \(used) of \(limit)\(share)",
            "jobs      \(usage.jobsLastHour) of \(plan.jobsPerHour) started in the last hour; \(next(usage, time: time))",
            "          \(usage.liveJobs) not ended",
            "projects  \(usage.projects)",
            "packages  \(usage.packages), \(usage.archivedPackages) of them archived",
            "archive   \(Quantities.count(plan.versionLimit, "version")) for each platform, "
                + "kept \(Quantities.count(plan.defaultRetentionDays, "day"))",
        ]
        return lines.map(\.printable)
    }

    /// When the next job may start.
    private static func next(_ usage: TenantUsage, time: TimeText) -> String {
        let plan = usage.tenant ?? Tenant()
        guard usage.jobsLastHour >= plan.jobsPerHour else {
            return "\(plan.jobsPerHour - usage.jobsLastHour) more may start now"
        }
        guard plan.jobsPerHour > 0 else { return "the plan allows none" }
        return "the next may start \(usage.nextJobAt.map { time.relative($0.date) } ?? "within the hour")"
    }
}
