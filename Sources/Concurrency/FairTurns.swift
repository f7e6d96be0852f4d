/// Waiting items, in the order in which they are served: owners take turns, and the items of one owner are served in
/// the order in which they came.
///
/// An owner that adds a thousand items delays another owner by one turn and not by a thousand. Owners are tenants or
/// projects. A value without I/O.
package struct FairTurns<Owner: Hashable, Item> {
    private var waiting: [Owner: [Item]] = [:]
    /// The owners that have waiting items, in the order of their turns.
    private var turns: [Owner] = []

    /// An empty queue.
    package init() {}

    /// Whether no item waits.
    package var isEmpty: Bool { turns.isEmpty }

    /// Adds `item` behind the waiting items of its owner.
    package mutating func add(_ item: Item, of owner: Owner) {
        if waiting[owner, default: []].isEmpty { turns.append(owner) }
        waiting[owner, default: []].append(item)
    }

    /// Takes up to `limit` items of the owner whose turn it is. If it has more, the owner waits behind the other
    /// owners.
    ///
    /// - Returns: At least one item, in the order in which they came; nil if no item waits.
    package mutating func next(upTo limit: Int = 1) -> (owner: Owner, items: [Item])? {
        guard !turns.isEmpty else { return nil }
        let owner = turns.removeFirst()
        let items = waiting.removeValue(forKey: owner) ?? []
        if items.count > limit {
            waiting[owner] = Array(items[limit...])
            turns.append(owner)
        }
        return (owner, Array(items.prefix(limit)))
    }

    /// Removes the first item of `owner` that fulfils `fits`.
    ///
    /// - Returns: Whether there was one.
    package mutating func remove(of owner: Owner, where fits: (Item) -> Bool) -> Bool {
        guard var items = waiting[owner], let place = items.firstIndex(where: fits) else { return false }
        items.remove(at: place)
        waiting[owner] = items.isEmpty ? nil : items
        if items.isEmpty { turns.removeAll { $0 == owner } }
        return true
    }
}

extension FairTurns: Sendable where Owner: Sendable, Item: Sendable {}
