package import Model

/// Where everything of one rendered file lies, in samples from its start at 44,100 Hz.
///
/// Room tone, the segments back to back, room tone, padded in the tail to a multiple of 1,024. This is the truth about time:
/// marks, clips, splits and lengths are read from here and never from encoded audio.
package struct ChapterTimeline: Sendable, Hashable, Codable {
    /// Samples of room tone before the first segment.
    package let head: Int
    /// Samples of each segment, in order.
    package let segments: [Int]
    /// Samples of room tone after the last segment, padding counted in.
    package let tail: Int

    /// Lays segments of these lengths between room tone.
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

    /// Samples of the whole. A multiple of 1,024.
    package var total: Int { segments.reduce(head + tail, +) }
}

/// Room tone at the ends of a chapter, in samples.
package struct RoomTone: Sendable, Hashable {
    /// Samples before the first segment.
    package let head: Int
    /// Samples after the last segment.
    package let tail: Int

    /// What `settings` ask for, never less than 2,048 samples at either end and never more than a minute.
    package init(_ settings: PackagingSettings) {
        head = Self.samples(settings.headSeconds)
        tail = Self.samples(settings.tailSeconds)
    }

    private static func samples(_ seconds: Double) -> Int {
        // A value that is no number compares false and falls to the minimum.
        let seconds = seconds > 0 ? min(seconds, 60) : 0
        return max(Timeline.minimumRoomTone, Int((seconds * Double(Timeline.sampleRate)).rounded()))
    }
}
