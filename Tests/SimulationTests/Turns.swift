import Model

/// Watches whether tenants take turns: nobody enters twice while a task of another tenant waits all that time.
struct Turns {
    private struct Key: Hashable {
        let daemon: Int
        let tenant: TenantID
    }

    private var counter = 0
    /// The waiting tasks, and when they came.
    private var waiting: [Int: [Int: (tenant: TenantID, since: Int)]] = [:]
    private var lastEntry: [Key: Int] = [:]
    private(set) var contested = 0

    mutating func arrived(_ task: Int, _ tenant: TenantID, on daemon: Int) {
        counter += 1
        waiting[daemon, default: [:]][task] = (tenant, counter)
    }

    mutating func gaveUp(_ task: Int, on daemon: Int) { waiting[daemon]?[task] = nil }

    mutating func restarted(_ daemon: Int) { waiting[daemon] = nil }

    /// A task enters; returns what is unfair about that.
    mutating func entered(_ task: Int, _ tenant: TenantID, on daemon: Int) -> String? {
        counter += 1
        waiting[daemon]?[task] = nil
        let others = (waiting[daemon] ?? [:]).values.filter { $0.tenant != tenant }
        defer { lastEntry[Key(daemon: daemon, tenant: tenant)] = counter }
        if !others.isEmpty { contested += 1 }
        guard let last = lastEntry[Key(daemon: daemon, tenant: tenant)] else { return nil }
        let passed = others.first { other in
            other.since < last && (lastEntry[Key(daemon: daemon, tenant: other.tenant)] ?? 0) < last
        }
        return passed.map { "tenant \(tenant) entered twice while \($0.tenant) waited" }
    }
}
