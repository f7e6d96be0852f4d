internal import Model
internal import Platforms

/// The longest audio file that a platform accepts.
struct FileLimit {
    private let maximumSamples: Int

    /// The limit of `pack` for files that are encoded as `audio` and contain `cover`.
    init(_ pack: RulePack, audio: AudioSpec, cover: Cover?) {
        var samples = Int.max
        if let seconds = pack.maximumFileSeconds?.value {
            // Players that do not read the Info frame also count whole frames and the encoder's delay, so the limit is
            // lowered by that.
            samples = seconds * Timeline.sampleRate - 3 * MP3Size.frameSamples
        }
        if let bytes = pack.maximumFileBytes?.value {
            // 64 KiB are reserved for the tag's text, because a description may need them.
            let audioBytes = Int(bytes) - (cover?.bytes ?? 0) - 65_536
            samples = min(samples, max(0, audioBytes) * 8 / audio.bitRate * Timeline.sampleRate)
        }
        maximumSamples = samples
    }

    private init(maximumSamples: Int) {
        self.maximumSamples = maximumSamples
    }

    /// Whether a file of `samples` samples is within the limit.
    func admits(_ samples: Int) -> Bool { samples <= maximumSamples }

    /// The limit, or `samples` if that is less.
    func lowered(to samples: Int) -> Self { Self(maximumSamples: min(maximumSamples, samples)) }
}

/// How a chapter that is too long for one file is split between segments.
enum ChapterSplit {
    /// Divides the segments into the fewest parts within `limit`. Their lengths are as equal as the segments allow.
    ///
    /// A segment that is itself too long becomes a separate part; the caller finds it by checking the limit again.
    ///
    /// - Parameter lengths: Samples of each segment; not empty.
    static func ranges(of lengths: [Int], roomTone: RoomTone, limit: FileLimit) -> [Range<Int>] {
        let fewest = greedy(lengths, roomTone, limit)
        guard fewest.count > 1 else { return fewest }
        // Filling each file completely would leave a short last file. The lowest limit that needs no additional file
        // makes the lengths equal.
        var low = 0
        var high = ChapterTimeline(segments: lengths, roomTone: roomTone).total
        while low < high {
            let middle = (low + high) / 2
            if greedy(lengths, roomTone, limit.lowered(to: middle)).count <= fewest.count {
                high = middle
            } else {
                low = middle + 1
            }
        }
        return greedy(lengths, roomTone, limit.lowered(to: low))
    }

    private static func greedy(_ lengths: [Int], _ roomTone: RoomTone, _ limit: FileLimit) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = 0
        var samples = 0
        for (index, length) in lengths.enumerated() {
            let total = ChapterTimeline(segments: [samples, length], roomTone: roomTone).total
            if index > start, !limit.admits(total) {
                ranges.append(start..<index)
                start = index
                samples = 0
            }
            samples += length
        }
        ranges.append(start..<lengths.count)
        return ranges
    }
}
