/// The unit of a book's time: one sample at 44,100 Hz.
package enum Timeline {
    /// Samples per second.
    package static let sampleRate = 44_100
    /// Chapters are padded to a multiple of this, an AAC frame, so that encoded chapters join without a seam.
    package static let grid = 1024
    /// The least room tone at either end of a chapter: two AAC frames.
    package static let minimumRoomTone = 2048
}
