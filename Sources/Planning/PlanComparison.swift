internal import Model
internal import Platforms

/// What makes a planned package differ from an earlier one of its platform: the book, its settings, the platform's rules,
/// or this release.
struct PlanComparison {
    /// The most chapters whose changed texts are told one by one.
    private static let mostTexts = 10

    private let old: BatchPlan
    private let oldPackage: PackagePlan
    private let new: BatchPlan
    private let newPackage: PackagePlan
    private let oldChapters: [ChapterID: BatchPlan.Chapter]
    /// What makes the audio of every chapter another one.
    private let ofAllAudio: [String]

    /// A comparison of `package` of `plan` with the package for the same platform in `earlier`; nil if that has none.
    init?(of package: PackagePlan, in plan: BatchPlan, with earlier: BatchPlan) {
        guard let before = earlier.package(for: package.platform) else { return nil }
        old = earlier
        oldPackage = before
        new = plan
        newPackage = package
        oldChapters = Dictionary(earlier.chapters.map { ($0.id, $0) }) { first, _ in first }
        ofAllAudio = Self.audioReasons(from: (earlier, before), to: (plan, package))
    }

    // MARK: One chapter

    /// Why the audio of a chapter is another one.
    func changes(ofChapter index: Int) -> ChapterDifference {
        let chapter = new.chapters[index]
        guard let before = oldChapters[chapter.id] else {
            return ChapterDifference(of: chapter, otherwise: "the chapter is new")
        }
        var difference = ChapterDifference(of: chapter, from: before)
        let (renders, oldRenders) = (
            Self.renders(of: chapter.id, in: new, newPackage), Self.renders(of: chapter.id, in: old, oldPackage)
        )
        if renders.count != oldRenders.count {
            difference.add(["it has \(Words.count(renders.count, "file")), and had \(oldRenders.count)"])
        }
        difference.add(ofAllAudio)
        guard difference.reasons.isEmpty else { return difference }
        if Self.digests(of: renders, newPackage).isSubset(of: Self.digests(of: oldRenders, oldPackage)) {
            difference.add(["no package that is there has its audio any more"])
        } else if renders.map(\.gainDecibels) != oldRenders.map(\.gainDecibels) {
            difference.add(["mastering begins with another gain"])
        } else {
            difference.add(["this release encodes it in another way"])
        }
        return difference
    }

    // MARK: The package

    /// Why the package is another one, as far as that is no matter of a single chapter's audio.
    ///
    /// - Parameter copied: The indices of the chapters that are copied.
    func reasons(copied: [Int]) -> [String] {
        var reasons = metadataReasons
        if old.cover?.digest != new.cover?.digest {
            reasons.append(
                old.cover == nil
                    ? "there is a cover now" : new.cover == nil ? "the cover is gone" : "the cover is another"
            )
        }
        reasons += chapterReasons + textReasons + ofAllAudio
        if oldPackage.format != newPackage.format {
            reasons.append("the format is \(newPackage.format.rawValue), and was \(oldPackage.format.rawValue)")
        }
        let there = Self.digests(of: oldPackage.renders.map { old.renders[$0] }, oldPackage)
        let others = copied.filter { index in
            let renders = Self.renders(of: new.chapters[index].id, in: new, newPackage)
            return !Self.digests(of: renders, newPackage).isSubset(of: there)
        }
        if !others.isEmpty {
            let chapters = Words.numbered("chapter", others.map { new.chapters[$0].number })
            reasons.append("\(chapters) \(others.count == 1 ? "has" : "have") other audio, which another package has")
        }
        return reasons
    }

    /// The changed fields that this platform's package contains.
    private var metadataReasons: [String] {
        MetadataField.all.filter { $0.differs(old.book, new.book) }.compactMap { field in
            var other = new
            field.take(&other.book, old.book)
            // Without the recipe, which an incomplete book does not have, it cannot be told which fields matter.
            let matters = newPackage.recipe == nil || other.recipe(of: newPackage) != newPackage.recipe
            return matters ? field.reason : nil
        }
    }

    private var chapterReasons: [String] {
        var reasons: [String] = []
        func add(_ numbers: [Int], _ one: String, _ many: String, of noun: String = "chapter") {
            guard !numbers.isEmpty else { return }
            reasons.append("\(Words.numbered(noun, numbers)) \(numbers.count == 1 ? one : many)")
        }
        let ids = Set(new.chapters.map(\.id))
        add(new.chapters.filter { oldChapters[$0.id] == nil }.map(\.number), "was added", "were added")
        add(
            old.chapters.filter { !ids.contains($0.id) }.map(\.number),
            "was removed",
            "were removed",
            of: "former chapter"
        )
        if old.chapters.map(\.id).filter(ids.contains) != new.chapters.map(\.id).filter({ oldChapters[$0] != nil }) {
            reasons.append("the chapters have another order")
        }
        func changed<Value: Equatable>(_ value: (BatchPlan.Chapter) -> Value) -> [Int] {
            new.chapters.filter { now in oldChapters[now.id].map { value($0) != value(now) } ?? false }.map(\.number)
        }
        add(changed(\.title), "has another title", "have other titles")
        add(changed(\.kind), "has another role", "have other roles")
        return reasons
    }

    /// The changed texts, if the package contains the text.
    private var textReasons: [String] {
        guard RulePack.pack(for: newPackage.platform).text.value else { return [] }
        var reasons: [String] = []
        var more = 0
        for chapter in new.chapters {
            guard let before = oldChapters[chapter.id] else { continue }
            let texts = Dictionary(before.segments.map { ($0.id, $0.text) }) { first, _ in first }
            let numbers = chapter.segments.indices.filter { place in
                texts[chapter.segments[place].id].map { $0 != chapter.segments[place].text } ?? false
            }.map { $0 + 1 }
            guard !numbers.isEmpty else { continue }
            guard reasons.count < Self.mostTexts else {
                more += 1
                continue
            }
            let words = numbers.count == 1 ? "has another text" : "have other texts"
            reasons.append("chapter \(chapter.number): \(Words.numbered("segment", numbers)) \(words)")
        }
        if more > 0 { reasons.append("\(Words.count(more, "more chapter")) with other texts") }
        return reasons
    }

    /// What makes the audio of every chapter another one: bit rate, mastering, room tone, encoders.
    private static func audioReasons(
        from old: (plan: BatchPlan, package: PackagePlan),
        to new: (plan: BatchPlan, package: PackagePlan)
    ) -> [String] {
        var reasons: [String] = []
        let (was, now) = (old.package.audio, new.package.audio)
        if was.codec != now.codec {
            reasons.append("the codec is \(now.codec.rawValue), and was \(was.codec.rawValue)")
        }
        if was.bitRate != now.bitRate {
            let pack = RulePack.pack(for: new.package.platform)
            let cause =
                new.package.requestedBitRate != nil
                ? "so that the package fits"
                : now == pack.audio.value
                    ? "by the rules for \(pack.name) of \(pack.audio.date)" : "by the book's settings"
            reasons.append("the bit rate is \(now.bitRateText) \(cause), and was \(was.bitRateText)")
        }
        if was.sampleRate != now.sampleRate || was.channels != now.channels {
            reasons.append("the audio has another sample rate, or other channels")
        }
        if old.plan.mastering != new.plan.mastering {
            reasons.append("mastering is \(new.plan.mastering.rawValue), and was \(old.plan.mastering.rawValue)")
        }
        if hasOtherRoomTone(from: old, to: new) { reasons.append("the room tone is another") }
        if old.plan.encoderBuild != new.plan.encoderBuild { reasons.append("the encoders are of another build") }
        return reasons
    }

    /// Whether the settings ask for other room tone. The tail includes the padding to the grid, so it can only be compared
    /// where the segments have the same lengths.
    private static func hasOtherRoomTone(
        from old: (plan: BatchPlan, package: PackagePlan),
        to new: (plan: BatchPlan, package: PackagePlan)
    ) -> Bool {
        let before = Dictionary(
            old.package.renders.map { place in
                let render = old.plan.renders[place]
                return (Part(chapter: old.plan.chapters[render.chapter].id, number: render.part), render.timeline)
            }
        ) { first, _ in first }
        return new.package.renders.contains { place in
            let render = new.plan.renders[place]
            let part = Part(chapter: new.plan.chapters[render.chapter].id, number: render.part)
            guard let was = before[part] else { return false }
            return was.head != render.timeline.head
                || was.segments == render.timeline.segments && was.tail != render.timeline.tail
        }
    }

    private struct Part: Hashable {
        var chapter: ChapterID
        var number: Int
    }

    private static func renders(
        of chapter: ChapterID,
        in plan: BatchPlan,
        _ package: PackagePlan
    ) -> [BatchPlan.Render] {
        package.renders.map { plan.renders[$0] }.filter { plan.chapters[$0.chapter].id == chapter }
    }

    private static func digests(of renders: [BatchPlan.Render], _ package: PackagePlan) -> Set<Digest> {
        Set(renders.compactMap { render in render.encodes.first { $0.audio == package.audio }?.digest })
    }
}

/// One field of a book's metadata, to be compared.
private struct MetadataField {
    let reason: String
    let differs: (BookMetadata, BookMetadata) -> Bool
    /// Makes the first book's field that of the second.
    let take: (inout BookMetadata, BookMetadata) -> Void

    init<Value: Equatable>(_ reason: String, _ path: WritableKeyPath<BookMetadata, Value>) {
        self.reason = reason
        differs = { $0[keyPath: path] != $1[keyPath: path] }
        take = { $0[keyPath: path] = $1[keyPath: path] }
    }

    static var all: [MetadataField] {
        [
            MetadataField("the title is another", \.title),
            MetadataField("the subtitle is another", \.subtitle),
            MetadataField("the authors are others", \.authors),
            MetadataField("the narrators are others", \.narrators),
            MetadataField("the language is another", \.language),
            MetadataField("the publisher is another", \.publisher),
            MetadataField("the ISBN is another", \.isbn),
            MetadataField("the description is another", \.description),
            MetadataField("the copyright line is another", \.copyright),
            MetadataField("the series is another", \.series),
            MetadataField("the year is another", \.year),
            MetadataField("the narration is disclosed in another way", \.digitalVoice),
        ]
    }
}
