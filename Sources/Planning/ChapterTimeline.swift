package import Model

/// The position of every part of one rendered file, in samples from its start at 44,100 Hz.
///
/// The parts are room tone, the segments back to back, and room tone again, which is padded so that the total is a
/// multiple of 1,024. All times come from here: marks, clips, splits and lengths are never read from encoded audio.
package struct ChapterTimeline: Sendable, Hashable, Codable {
    /// Samples of room tone before the first segment.
    package let head: Int
    /// Samples of each segment, in order.
    package let segments: [Int]
    /// Samples of room tone after the last segment, including padding.
    package let tail: Int

    /// Places segments of these lengths between room tone.
    ///
    /// - Parameters:
    ///   - segments: Samples of each segment.
    ///   - roomTone: The least room tone at either end.
    package init(segments: [Int], roomTone: RoomTone) {
        head = roomTone.head
        self.segments = segments
        let unpadded = roomTone.head + segments.reduce(0, +) + roomTone.tail
        let padded = (unpadded + Timeline.grid - 1) / Timeline.grid * Timeline.grid
        tail = roomTone.tail + padded - unpadded
    }

    /// The sample at which each segment begins.
    package var starts: [Int] {
        var next = head
        return segments.map { length in
            defer { next += length }
            return next
        }
    }

    /// Samples of the whole file; a multiple of 1,024.
    package var total: Int { segments.reduce(head + tail, +) }
}

/// Room tone at the ends of a chapter, in samples.
package struct RoomTone: Sendable, Hashable {
    /// Samples before the first segment.
    package let head: Int
    /// Samples after the last segment.
    package let tail: Int

    /// The room tone that `settings` ask for, at least 2,048 samples at either end and at most a minute.
    package init(_ settings: PackagingSettings) {
        head = Self.samples(settings.headSeconds)
        tail = Self.samples(settings.tailSeconds)
    }

    private static func samples(_ seconds: Double) -> Int {
        // Comparing "not a number" gives false, so it becomes the minimum.
        let seconds = seconds > 0 ? min(seconds, 60) : 0
        return max(Timeline.minimumRoomTone, Int((seconds * Double(Timeline.sampleRate)).rounded()))
    }
}
