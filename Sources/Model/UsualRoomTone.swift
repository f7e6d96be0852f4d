/// The room tone around the chapters of a book that says nothing about it: chosen so that every platform takes it.
public enum UsualRoomTone {
    /// Seconds before a chapter's first segment.
    public static let headSeconds = 0.75
    /// Seconds after a chapter's last segment.
    public static let tailSeconds = 1.5
}
