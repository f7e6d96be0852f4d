internal import ArgumentParser

/// `packctl tenant add|list|set|usage`
struct TenantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenant",
        abstract: "Make tenants, set their plans, and see what they use.",
        discussion: """
            For the local operator: the daemon's own user, on its Unix socket. A tenant has books and packages of its own, and \
            a plan that limits them. Other commands act for a tenant with --tenant NAME or PACKAGING_TENANT.

            EXAMPLES
              packctl tenant add quayside --quota 50GB --jobs-per-hour 100
              packctl tenant usage quayside
              packctl projects --tenant quayside
            """,
        subcommands: [TenantAddCommand.self, TenantListCommand.self, TenantSetCommand.self, TenantUsageCommand.self]
    )
}
