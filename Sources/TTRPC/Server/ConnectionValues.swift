internal import Synchronization

/// Names one value of a connection and its type.
package protocol ConnectionValueKey {
    /// The type of the value.
    associatedtype Value: Sendable
}

/// Values that a connection keeps between its calls, such as the authenticated user. All calls may use it at the same
/// time.
package final class ConnectionValues: Sendable {
    private let values = Mutex<[ObjectIdentifier: any Sendable]>([:])

    /// Creates an empty set of values.
    package init() {}

    /// The value of `key`; nil until one is set.
    package subscript<Key: ConnectionValueKey>(key: Key.Type) -> Key.Value? {
        get { values.withLock { $0[ObjectIdentifier(key)] as? Key.Value } }
        set { values.withLock { $0[ObjectIdentifier(key)] = newValue } }
    }
}
