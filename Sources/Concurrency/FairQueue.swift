/// Decides which waiting tasks may enter a section that has room for `capacity` of them at once. The room can change.
///
/// Tasks of one tenant enter in the order in which they came; tenants take turns, as ``FairTurns`` describes.
package struct FairQueue<Tenant: Hashable, Ticket: Hashable> {
    /// The number of tasks that may be inside at once. More are inside for a while after it was lowered.
    package private(set) var capacity: Int
    /// The number of tasks that are inside.
    package private(set) var inside = 0
    private var waiting = FairTurns<Tenant, Ticket>()

    /// A queue for a section with room for `capacity` tasks, at least one.
    package init(capacity: Int) {
        precondition(capacity > 0, "nobody could ever enter")
        self.capacity = capacity
    }

    /// A task asks to enter.
    ///
    /// - Returns: Whether it may enter now; otherwise its ticket will be returned by ``leave()``.
    package mutating func arrive(_ ticket: Ticket, of tenant: Tenant) -> Bool {
        if inside < capacity {
            inside += 1
            return true
        }
        waiting.add(ticket, of: tenant)
        return false
    }

    /// A task that was inside leaves.
    ///
    /// - Returns: The ticket of the task that enters instead; nil if none waits.
    package mutating func leave() -> Ticket? {
        if inside <= capacity, let next = waiting.next() { return next.items.first }
        inside -= 1
        return nil
    }

    /// From now on there is room for `capacity` tasks, at least one. Tasks that are inside stay.
    ///
    /// - Returns: The tickets of the tasks that enter now, in their order.
    package mutating func resize(to capacity: Int) -> [Ticket] {
        precondition(capacity > 0, "nobody could ever enter")
        self.capacity = capacity
        var entering: [Ticket] = []
        while inside < capacity, let next = waiting.next()?.items.first {
            inside += 1
            entering.append(next)
        }
        return entering
    }

    /// A waiting task gives up.
    ///
    /// - Returns: Whether it was still waiting.
    package mutating func abandon(_ ticket: Ticket, of tenant: Tenant) -> Bool {
        waiting.remove(of: tenant) { $0 == ticket }
    }
}
