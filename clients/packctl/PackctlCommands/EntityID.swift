internal import Foundation

/// The ids of projects, packages, jobs and segments.
enum EntityID {
    /// Whether `text` has the form of an id: a UUID.
    static func isOne(_ text: String) -> Bool { UUID(uuidString: text) != nil }
}
