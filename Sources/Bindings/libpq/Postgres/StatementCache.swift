/// Which statements a connection has prepared, and under which names.
///
/// A pure value: the connection tells it what the server confirmed.
struct StatementCache {
    /// Two statements with the same text are different if their parameters differ in type.
    struct Key: Hashable {
        let text: String
        let types: [PostgresType]

        init(_ statement: SQL) {
            text = statement.text
            types = statement.parameters.map(\.type)
        }
    }

    private struct Entry {
        let name: String
        var lastUse: UInt64
    }

    private let capacity: Int
    private var entries: [Key: Entry] = [:]
    private var uses: UInt64 = 0
    private var names: UInt64 = 0
    /// Names that the server still has but that this cache has dropped. They are to be deallocated.
    private(set) var evicted: [String] = []

    init(capacity: Int) { self.capacity = max(1, capacity) }

    var count: Int { entries.count }

    /// The name of a prepared statement; nil if it must be prepared first.
    mutating func name(of key: Key) -> String? {
        uses += 1
        entries[key]?.lastUse = uses
        return entries[key]?.name
    }

    /// A name that no statement of this connection ever had.
    mutating func newName() -> String {
        names += 1
        return "s\(names)"
    }

    /// Notes that the server has prepared `key` as `name`. The least recently used statement makes room.
    mutating func prepared(_ key: Key, as name: String) {
        if let former = entries[key] { evicted.append(former.name) }
        uses += 1
        entries[key] = Entry(name: name, lastUse: uses)
        guard entries.count > capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) else {
            return
        }
        forget(oldest.key)
    }

    /// Forgets a statement that can no longer be used.
    mutating func forget(_ key: Key) {
        guard let entry = entries.removeValue(forKey: key) else { return }
        evicted.append(entry.name)
    }

    /// Notes that the server has deallocated `name`, or never will.
    mutating func deallocated(_ name: String) {
        evicted.removeAll { $0 == name }
    }
}
