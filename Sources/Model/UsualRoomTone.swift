/// The room tone around the chapters of a book that does not specify it, and the longest that a book may ask for. The
/// values are accepted by every platform.
package enum UsualRoomTone {
    /// Seconds before a chapter's first segment.
    package static let headSeconds = 0.75
    /// Seconds after a chapter's last segment.
    package static let tailSeconds = 1.5
    /// The most seconds at either end. A test compares it with the rule packs, from which the daemon has its limit.
    package static let mostSeconds = 5.0
}
