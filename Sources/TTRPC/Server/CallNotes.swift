internal import Synchronization

/// What becomes known of a call while it runs, for the line of the log that tells its end.
package final class CallNotes: Sendable {
    private let values = Mutex<[String: String]>([:])

    /// Nothing yet.
    package init() {}

    /// The value of a key; nil if there is none.
    package subscript(key: String) -> String? {
        get { values.withLock { $0[key] } }
        set { values.withLock { $0[key] = newValue } }
    }

    /// All of them.
    var all: [String: String] { values.withLock { $0 } }
}
