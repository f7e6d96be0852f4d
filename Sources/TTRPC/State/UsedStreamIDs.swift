/// The stream ids that a client has used.
///
/// Ids normally rise. The Rust client takes and sends them in two steps, so they may arrive out of order. An id below
/// the highest is valid once, if it was skipped and is among the last ``window`` ids.
struct UsedStreamIDs {
    /// How many odd ids below the highest may still be used.
    static let window = 256

    private var highest: UInt32?
    private var skipped: Set<UInt32> = []

    /// Whether a stream with this odd id was already opened, or can no longer be opened.
    func contains(_ id: UInt32) -> Bool {
        guard let highest, id <= highest else { return false }
        return !skipped.contains(id)
    }

    /// Marks `id`, which must be odd, as used.
    ///
    /// - Returns: False if it was used before, or is too old to know.
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
