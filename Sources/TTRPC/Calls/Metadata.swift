/// The text pairs that travel with a call. Keys are in lower case, and one key may occur several times.
public struct Metadata: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// One pair.
    public struct Entry: Sendable, Hashable {
        /// The key, in lower case.
        public var key: String
        /// The value.
        public var value: String
    }

    /// The pairs, in order.
    public private(set) var entries: [Entry] = []

    /// No pairs.
    public init() {}

    /// These pairs, in order; a key may be repeated.
    public init(dictionaryLiteral elements: (String, String)...) {
        for (key, value) in elements { append(value, for: key) }
    }

    /// Adds a pair behind the others. The key is put in lower case.
    public mutating func append(_ value: String, for key: String) {
        entries.append(Entry(key: key.lowercased(), value: value))
    }

    /// The first value of `key`, which is given in lower case.
    public subscript(key: String) -> String? {
        entries.first { $0.key == key }?.value
    }

    /// All values of `key`, which is given in lower case, in order.
    public func values(for key: String) -> [String] {
        entries.compactMap { $0.key == key ? $0.value : nil }
    }
}
