/// Who may go next through a door that lets `capacity` in at once.
///
/// Within a tenant the first to come is the first to go; between tenants turns are taken, so that one who brings a
/// thousand tasks delays another by one task and not by a thousand.
struct FairQueue<Tenant: Hashable, Ticket: Hashable> {
    let capacity: Int
    private(set) var inside = 0
    private var waiting: [Tenant: [Ticket]] = [:]
    /// Tenants that wait, the next one first.
    private var turns: [Tenant] = []

    init(capacity: Int) {
        precondition(capacity > 0, "nobody could ever enter")
        self.capacity = capacity
    }

    /// Somebody comes.
    ///
    /// - Returns: Whether it may enter now; otherwise its ticket will be returned by ``leave()``.
    mutating func arrive(_ ticket: Ticket, of tenant: Tenant) -> Bool {
        if inside < capacity {
            inside += 1
            return true
        }
        if waiting[tenant, default: []].isEmpty { turns.append(tenant) }
        waiting[tenant, default: []].append(ticket)
        return false
    }

    /// Somebody who was inside goes.
    ///
    /// - Returns: Who enters instead.
    mutating func leave() -> Ticket? {
        guard !turns.isEmpty else {
            inside -= 1
            return nil
        }
        let tenant = turns.removeFirst()
        var tickets = waiting.removeValue(forKey: tenant) ?? []
        let next = tickets.removeFirst()
        if !tickets.isEmpty {
            waiting[tenant] = tickets
            turns.append(tenant)
        }
        return next
    }

    /// Somebody who waits gives up.
    ///
    /// - Returns: Whether it was still waiting.
    mutating func abandon(_ ticket: Ticket, of tenant: Tenant) -> Bool {
        guard var tickets = waiting[tenant], let place = tickets.firstIndex(of: ticket) else { return false }
        tickets.remove(at: place)
        waiting[tenant] = tickets.isEmpty ? nil : tickets
        if tickets.isEmpty { turns.removeAll { $0 == tenant } }
        return true
    }
}
