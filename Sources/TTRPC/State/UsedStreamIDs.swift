/// Which stream ids a client has spent.
///
/// Ids normally rise. The Rust client takes and sends them in two steps, so they may overtake each other: an id below the
/// highest is good once, if it was skipped and is among the last ``window`` ids.
struct UsedStreamIDs {
    /// How many odd ids below the highest may still come.
    static let window = 256

    private var highest: UInt32?
    private var skipped: Set<UInt32> = []

    /// Whether a stream of this odd id has been opened, or can never be.
    func contains(_ id: UInt32) -> Bool {
        guard let highest, id <= highest else { return false }
        return !skipped.contains(id)
    }

    /// Spends `id`, which must be odd.
    ///
    /// - Returns: False if it was spent before, or lies too far back to tell.
    mutating func insert(_ id: UInt32) -> Bool {
        let reach = 2 * UInt32(Self.window)
        if let highest, id <= highest { return skipped.remove(id) != nil }
        let lowest = id > reach ? id - reach : 1
        if !skipped.isEmpty { skipped = skipped.filter { $0 >= lowest } }
        let firstSkipped = max(lowest, highest.map { $0 + 2 } ?? 1)
        for missing in stride(from: firstSkipped, to: max(id, firstSkipped), by: 2) { skipped.insert(missing) }
        highest = id
        return true
    }
}
