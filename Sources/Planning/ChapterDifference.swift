internal import Model

/// How the segments of a chapter differ from those that an earlier package has.
struct ChapterDifference: Hashable {
    /// In words, such as "segment 3 has other audio". A segment is named by its number in the chapter, from 1.
    private(set) var reasons: [String] = []
    /// The segments that the reasons name.
    private(set) var segments: [SegmentID] = []

    /// The differences of `now` from `before` that concern its audio.
    ///
    /// Segments are recognised by their ids, which importing a changed book keeps.
    init(of now: BatchPlan.Chapter, from before: BatchPlan.Chapter) {
        let old = Dictionary(before.segments.map { ($0.id, $0) }) { first, _ in first }
        let new = Set(now.segments.map(\.id))
        addMissing(now)
        add(now, "has other audio", "have other audio") { segment in
            guard let audio = segment.audio, let was = old[segment.id] else { return false }
            return was.audio?.digest != audio.digest
        }
        add(now, "was added", "were added") { $0.audio != nil && old[$0.id] == nil }
        add(before, "was removed", "were removed", of: "former segment") { !new.contains($0.id) }
        let kept = before.segments.map(\.id).filter(new.contains)
        if kept != now.segments.map(\.id).filter({ old[$0] != nil }) {
            reasons.append("the segments have another order")
        }
    }

    /// A chapter that is compared with nothing: what it lacks, or else `reason`.
    init(of chapter: BatchPlan.Chapter, otherwise reason: String) {
        addMissing(chapter)
        if reasons.isEmpty { reasons = [reason] }
    }

    /// Adds reasons that are no matter of segments.
    mutating func add(_ more: [String]) { reasons += more }

    private mutating func addMissing(_ chapter: BatchPlan.Chapter) {
        if chapter.segments.isEmpty { reasons.append("it has no segments") }
        add(chapter, "has no audio", "have no audio") { $0.audio == nil }
    }

    private mutating func add(
        _ chapter: BatchPlan.Chapter,
        _ verb: String,
        _ verbs: String,
        of noun: String = "segment",
        where matches: (BatchPlan.Segment) -> Bool
    ) {
        let places = chapter.segments.indices.filter { matches(chapter.segments[$0]) }
        guard !places.isEmpty else { return }
        reasons.append("\(Words.numbered(noun, places.map { $0 + 1 })) \(places.count == 1 ? verb : verbs)")
        segments += places.map { chapter.segments[$0].id }
    }
}
