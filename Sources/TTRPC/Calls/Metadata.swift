/// The text pairs that travel with a call. Keys are in lower case, and one key may occur several times.
package struct Metadata: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// One pair.
    package struct Entry: Sendable, Hashable {
        /// The key, in lower case.
        package var key: String
        /// The value.
        package var value: String
    }

    /// The pairs, in order.
    package private(set) var entries: [Entry] = []

    /// No pairs.
    package init() {}

    /// These pairs, in order; a key may be repeated.
    package init(dictionaryLiteral elements: (String, String)...) {
        for (key, value) in elements { append(value, for: key) }
    }

    /// Adds a pair after the others. The key is converted to lower case.
    package mutating func append(_ value: String, for key: String) {
        entries.append(Entry(key: key.lowercased(), value: value))
    }

    /// The first value of `key`, which must be in lower case.
    package subscript(key: String) -> String? {
        entries.first { $0.key == key }?.value
    }

    /// All values of `key`, which must be in lower case, in order.
    package func values(for key: String) -> [String] {
        entries.compactMap { $0.key == key ? $0.value : nil }
    }
}
