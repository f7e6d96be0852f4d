internal import Synchronization

/// Facts that are found during a call, for the log line about its end.
package final class CallNotes: Sendable {
    private let values = Mutex<[String: String]>([:])

    /// Creates an empty set of notes.
    package init() {}

    /// The value of a key; nil if there is none.
    package subscript(key: String) -> String? {
        get { values.withLock { $0[key] } }
        set { values.withLock { $0[key] = newValue } }
    }

    /// All notes.
    var all: [String: String] { values.withLock { $0 } }
}
