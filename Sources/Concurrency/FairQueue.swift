/// Who may go next through a door that lets `capacity` in at once.
///
/// Within a tenant the first to come is the first to go; tenants take turns, as ``FairTurns`` says.
public struct FairQueue<Tenant: Hashable, Ticket: Hashable> {
    /// How many may be inside at once.
    public let capacity: Int
    /// How many are inside.
    public private(set) var inside = 0
    private var waiting = FairTurns<Tenant, Ticket>()

    /// A door that lets `capacity` in, at least one.
    public init(capacity: Int) {
        precondition(capacity > 0, "nobody could ever enter")
        self.capacity = capacity
    }

    /// Somebody comes.
    ///
    /// - Returns: Whether it may enter now; otherwise its ticket will be returned by ``leave()``.
    public mutating func arrive(_ ticket: Ticket, of tenant: Tenant) -> Bool {
        if inside < capacity {
            inside += 1
            return true
        }
        waiting.add(ticket, of: tenant)
        return false
    }

    /// Somebody who was inside goes.
    ///
    /// - Returns: Who enters instead.
    public mutating func leave() -> Ticket? {
        if let next = waiting.next() { return next.items.first }
        inside -= 1
        return nil
    }

    /// Somebody who waits gives up.
    ///
    /// - Returns: Whether it was still waiting.
    public mutating func abandon(_ ticket: Ticket, of tenant: Tenant) -> Bool {
        waiting.remove(of: tenant) { $0 == ticket }
    }
}
