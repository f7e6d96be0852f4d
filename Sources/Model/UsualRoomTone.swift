/// The room tone around the chapters of a book that does not specify it. The values are accepted by every platform.
package enum UsualRoomTone {
    /// Seconds before a chapter's first segment.
    package static let headSeconds = 0.75
    /// Seconds after a chapter's last segment.
    package static let tailSeconds = 1.5
}
