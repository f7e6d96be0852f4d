/// Runs `body` for each of `items`, in their order, at most `limit` at once, and gives each result to `receive` as it
/// comes.
///
/// `receive` runs in the calling task, never twice at the same time, so it may change the caller's variables. When this
/// function returns or throws, none of its tasks runs any more.
///
/// - Parameters:
///   - limit: The number of calls of `body` that run at once, at least one.
///   - receive: Is given the index of the item in `items`, and the result.
/// - Throws: The first error of `body` or `receive`. The tasks that still run are cancelled then, and their results are
///   dropped.
package func withBoundedTasks<Item: Sendable, Value: Sendable>(
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
