/// Runs `body` for each of `items`, in their order, at most `limit` at once, and hands each result to `receive` as it comes.
///
/// `receive` runs in the calling task, never twice at the same time, so it may change what the caller holds. When this
/// returns or throws, no task of it runs any more.
///
/// - Parameters:
///   - limit: How many run at once, at least one.
///   - receive: Is given the place of the item in `items`, and the result.
/// - Throws: The first error of `body` or `receive`; what still runs is cancelled then, and its results are dropped.
public func withBoundedTasks<Item: Sendable, Value: Sendable>(
    _ items: some Sequence<Item>,
    atOnce limit: Int,
    _ body: @escaping @Sendable (Item) async throws -> Value,
    receive: (_ place: Int, _ value: Value) throws -> Void
) async throws {
    precondition(limit > 0, "nothing would ever run")
    try await withThrowingTaskGroup(of: (Int, Value).self) { group in
        var pending = items.enumerated().makeIterator()
        func start() {
            guard let (place, item) = pending.next() else { return }
            group.addTask { (place, try await body(item)) }
        }
        for _ in 0..<limit { start() }
        while let (place, value) = try await group.next() {
            try receive(place, value)
            start()
        }
    }
}
