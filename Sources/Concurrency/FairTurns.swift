/// Things that wait, in the order in which they get their turn: owners take turns, and of one owner the first to come is the
/// first to go.
///
/// An owner who brings a thousand things delays another one by one turn and not by a thousand. Owners are tenants or
/// projects. A value without I/O.
public struct FairTurns<Owner: Hashable, Item> {
    private var waiting: [Owner: [Item]] = [:]
    /// Owners that wait, the next one first.
    private var turns: [Owner] = []

    /// Nobody waits.
    public init() {}

    /// Whether nobody waits.
    public var isEmpty: Bool { turns.isEmpty }

    /// Lets `item` wait behind what its owner has waiting.
    public mutating func add(_ item: Item, of owner: Owner) {
        if waiting[owner, default: []].isEmpty { turns.append(owner) }
        waiting[owner, default: []].append(item)
    }

    /// Takes up to `limit` things of the owner whose turn it is. If it has more, it waits behind the other owners.
    ///
    /// - Returns: At least one thing, in the order in which they came; nil if nobody waits.
    public mutating func next(upTo limit: Int = 1) -> (owner: Owner, items: [Item])? {
        guard !turns.isEmpty else { return nil }
        let owner = turns.removeFirst()
        let items = waiting.removeValue(forKey: owner) ?? []
        if items.count > limit {
            waiting[owner] = Array(items[limit...])
            turns.append(owner)
        }
        return (owner, Array(items.prefix(limit)))
    }

    /// Takes the first thing of `owner` that fits, which gives up its place.
    ///
    /// - Returns: Whether there was one.
    public mutating func remove(of owner: Owner, where fits: (Item) -> Bool) -> Bool {
        guard var items = waiting[owner], let place = items.firstIndex(where: fits) else { return false }
        items.remove(at: place)
        waiting[owner] = items.isEmpty ? nil : items
        if items.isEmpty { turns.removeAll { $0 == owner } }
        return true
    }
}

extension FairTurns: Sendable where Owner: Sendable, Item: Sendable {}
