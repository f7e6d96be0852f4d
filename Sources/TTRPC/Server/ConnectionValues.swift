internal import Synchronization

/// Names one value of a connection and its type.
package protocol ConnectionValueKey {
    /// The type of the value.
    associatedtype Value: Sendable
}

/// What a connection remembers between its calls, such as who authenticated. Safe to use from all of them at once.
package final class ConnectionValues: Sendable {
    private let values = Mutex<[ObjectIdentifier: any Sendable]>([:])

    /// No values.
    package init() {}

    /// The value of `key`; nil until one is set.
    package subscript<Key: ConnectionValueKey>(key: Key.Type) -> Key.Value? {
        get { values.withLock { $0[ObjectIdentifier(key)] as? Key.Value } }
        set { values.withLock { $0[ObjectIdentifier(key)] = newValue } }
    }
}
