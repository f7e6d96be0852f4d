import Model
import Testing

@testable import Planning

@Suite("What packaging would do, and why")
struct ChangesTests {
    /// A change of the complete book, and what it does to the package of a platform that was made before.
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var platform = Platform.google
        /// The book of the current package.
        var before: BookSnapshot = .complete
        var encoderBuild = "test"
        var action = PlannedChanges.Action.encode
        var reasons: [String] = []
        /// The reasons of the chapters that are encoded, by number.
        var encoded: [Int: [String]] = [:]
        var change: @Sendable (inout BookSnapshot) -> Void = { _ in }
    }

    private static func all(_ reason: String) -> [Int: [String]] {
        Dictionary(uniqueKeysWithValues: (1...4).map { ($0, [reason]) })
    }

    private static let rows = [
        Row(testDescription: "nothing", action: .leave),
        Row(testDescription: "other audio", encoded: [2: ["segment 2 has other audio"]]) {
            $0.chapters[1].segments[1].audio?.digest = .naming(77)
        },
        Row(testDescription: "other audio twice", encoded: [2: ["segments 1 and 2 have other audio"]]) {
            $0.chapters[1].segments[0].audio?.digest = .naming(77)
            $0.chapters[1].segments[1].audio?.digest = .naming(78)
        },
        Row(testDescription: "a segment more", encoded: [3: ["segment 2 was added"]]) {
            $0.chapters[2].segments.append(.spoken(6, samples: 50_000))
        },
        Row(testDescription: "a segment less", encoded: [2: ["former segment 1 was removed"]]) {
            $0.chapters[1].segments.removeFirst()
        },
        Row(testDescription: "segments in another order", encoded: [2: ["the segments have another order"]]) {
            $0.chapters[1].segments.reverse()
        },
        Row(testDescription: "missing audio", encoded: [3: ["segment 1 has no audio"]]) {
            $0.chapters[2].segments[0].audio = nil
        },
        Row(testDescription: "the title", action: .copy, reasons: ["the title is another"]) {
            $0.metadata.title = "Another"
        },
        Row(
            testDescription: "people and a year",
            action: .copy,
            reasons: ["the authors are others", "the narrators are others", "the year is another"]
        ) {
            $0.metadata.authors.append("Bo")
            $0.metadata.narrators = []
            $0.metadata.year = 2026
        },
        // An empty publisher is written like none.
        Row(
            testDescription: "a field that changes no byte",
            platform: .apple,
            action: .copy,
            reasons: ["the subtitle is another"]
        ) {
            $0.metadata.publisher = ""
            $0.metadata.subtitle = "Anew"
        },
        Row(testDescription: "the cover", action: .copy, reasons: ["the cover is another"]) {
            $0.cover?.digest = .naming(98)
        },
        Row(testDescription: "no cover", action: .copy, reasons: ["the cover is gone"]) { $0.cover = nil },
        Row(testDescription: "a chapter's title", action: .copy, reasons: ["chapter 2 has another title"]) {
            $0.chapters[1].title = "Another"
        },
        Row(testDescription: "a chapter less", action: .copy, reasons: ["former chapter 3 was removed"]) {
            $0.chapters.remove(at: 2)
        },
        Row(
            testDescription: "a chapter more",
            reasons: ["chapter 2 was added"],
            encoded: [2: ["the chapter is new"]]
        ) {
            $0.chapters.insert(
                .init(id: ChapterID(9), title: "New", kind: .chapter, segments: [.spoken(9, samples: 50_000)]),
                at: 1
            )
        },
        Row(testDescription: "the order", action: .copy, reasons: ["the chapters have another order"]) {
            $0.chapters.swapAt(1, 2)
        },
        Row(
            testDescription: "a setting for the bit rate",
            reasons: ["the bit rate is 192k by the book's settings, and was 256k"],
            encoded: all("the bit rate is 192k by the book's settings, and was 256k")
        ) { $0.settings.overrides = [.google: .init(bitRate: 192_000)] },
        Row(
            testDescription: "the rules' bit rate",
            before: .complete(bitRate: 192_000),
            reasons: ["the bit rate is 256k by the rules for Google Play Books of 2025-12-23, and was 192k"],
            encoded: all("the bit rate is 256k by the rules for Google Play Books of 2025-12-23, and was 192k")
        ) { $0.settings.overrides = [:] },
        Row(
            testDescription: "mastering",
            reasons: ["mastering is off, and was fit"],
            encoded: all("mastering is off, and was fit")
        ) { $0.settings.mastering = .off },
        Row(
            testDescription: "room tone at the end",
            reasons: ["the room tone is another"],
            encoded: all("the room tone is another")
        ) { $0.settings.tailSeconds = 3 },
        Row(
            testDescription: "room tone and audio",
            reasons: ["the room tone is another"],
            encoded: all("the room tone is another")
                .merging([3: ["segment 1 has other audio", "the room tone is another"]]) { $1 }
        ) {
            $0.settings.headSeconds = 1
            $0.chapters[2].segments[0].audio?.digest = .naming(77)
        },
        Row(
            testDescription: "the encoders",
            encoderBuild: "test 2",
            reasons: ["the encoders are of another build"],
            encoded: all("the encoders are of another build")
        ),
        Row(
            testDescription: "a text, where the package has it",
            platform: .kobo,
            action: .copy,
            reasons: ["chapter 2: segment 2 has another text"]
        ) { $0.chapters[1].segments[1].text = "Other words." },
        Row(testDescription: "a text, where the package has none", action: .leave) {
            $0.chapters[1].segments[1].text = "Other words."
        },
        Row(
            testDescription: "a longer chapter, in more files",
            platform: .spotify,
            before: .hours([1], hoursPerSegment: 0.9),
            encoded: [1: ["segments 2 and 3 were added", "it has 2 files, and had 1"]]
        ) { $0 = .hours([3], hoursPerSegment: 0.9) },
        Row(
            testDescription: "many segments",
            before: .hours([12], hoursPerSegment: 0.01),
            encoded: [1: ["segments 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more have other audio"]]
        ) {
            for place in 0..<12 { $0.chapters[0].segments[place].audio?.digest = .naming(100 + place) }
        },
    ]

    @Test("each change is told with its reason, and what is not changed is copied or left", arguments: rows)
    func change(_ row: Row) throws {
        var book = row.before
        row.change(&book)
        let old = try BatchPlan(of: row.before, for: [row.platform], encoderBuild: "test")
        let new = try BatchPlan(of: book, for: [row.platform], encoderBuild: row.encoderBuild)
        let package = try #require(new.package(for: row.platform))
        let changes = new.changes(
            for: package,
            there: there(old),
            current: EarlierPackage(id: PackageID(1), plan: try BatchPlan(json: old.json))
        )
        #expect(changes.action == row.action)
        #expect(changes.package == PackageID(1))
        #expect(changes.reasons == row.reasons)
        let encoded = changes.chapters.filter { $0.action == .encode }
        #expect(Dictionary(uniqueKeysWithValues: encoded.map { ($0.number, $0.reasons) }) == row.encoded)
        if row.action == .leave { return #expect(changes.chapters.isEmpty) }
        #expect(changes.chapters.map(\.title) == book.chapters.map(\.title))
        #expect(changes.chapters.allSatisfy { $0.action == .encode || $0.action == .copy && $0.reasons.isEmpty })
        // What is told is what jobs would do.
        let copied = Set(new.copies(of: new.encodings(for: [row.platform]), from: there(old).encodings))
        let left = new.encodings(for: [row.platform], except: copied)
        #expect(Set(left.map { new.chapters[new.renders[$0.render].chapter].number }) == Set(row.encoded.keys))
    }

    @Test("the segments that reasons name are named by their ids, a hundred at most")
    func segments() throws {
        var book = BookSnapshot.complete
        book.chapters[1].segments[1].audio?.digest = .naming(77)
        book.chapters[1].segments.removeFirst()
        let changes = try changes(book, from: .complete)
        #expect(changes.chapters[1].reasons == ["segment 1 has other audio", "former segment 1 was removed"])
        #expect(changes.chapters[1].segments == [SegmentID(3), SegmentID(2)])

        let long = BookSnapshot.hours([300], hoursPerSegment: 0.001)
        var silent = long
        for place in 0..<300 { silent.chapters[0].segments[place].audio = nil }
        #expect(try self.changes(silent, from: long).chapters[0].segments.count == 100)
    }

    @Test("a book that is again as an older version leaves that version, whatever the current one is")
    func changedBack() throws {
        let first = try plan(.complete)
        var book = BookSnapshot.complete
        book.metadata.title = "Another"
        let changes = first.changes(
            for: first.packages[0],
            there: there(first),
            current: EarlierPackage(id: PackageID(2), plan: try plan(book))
        )
        #expect(changes == PlannedChanges(action: .leave, package: PackageID(1)))
    }

    @Test("without a current package, or without its plan, contents alone are compared, and it says so")
    func noComparison() throws {
        let plan = try plan(.complete)
        var there = there(plan)
        there.packages = []
        there.encodings.remove(try #require(plan.renders[3].encodes[0].digest))
        let none = plan.changes(for: plan.packages[0], there: there, current: nil)
        #expect(none.action == .encode && none.package == nil && none.reasons == ["there is no current package"])
        #expect(none.chapters.map(\.action) == [.copy, .copy, .copy, .encode])
        #expect(none.chapters[3].reasons == ["no package that is there has its audio"])
        let current = EarlierPackage(id: PackageID(1), plan: nil)
        let unreadable = plan.changes(for: plan.packages[0], there: there, current: current)
        #expect(unreadable.package == PackageID(1))
        #expect(
            unreadable.reasons == ["the plan of the current package cannot be read, so only contents were compared"]
        )
        #expect(unreadable.chapters == none.chapters)
    }

    @Test("a package of another platform with the same bytes is shared, and nothing is encoded")
    func shared() throws {
        let google = try plan(.complete)
        let spotify = try BatchPlan(of: .complete, for: [.spotify], encoderBuild: "test")
        let changes = spotify.changes(
            for: spotify.packages[0],
            there: PackagedAlready(packages: there(google).packages, encodings: []),
            current: nil
        )
        #expect(changes.action == .copy && changes.chapters.allSatisfy { $0.action == .copy })
        #expect(
            changes.reasons == [
                "there is no current package", "the package of google has the same bytes, which are shared",
            ]
        )
    }

    @Test("audio that only another package has is copied from there, and audio that none has any more is encoded")
    func elsewhere() throws {
        var book = BookSnapshot.complete
        book.chapters[1].segments[0].audio?.digest = .naming(77)
        let (old, new) = (try plan(.complete), try plan(book))
        var there = there(old)
        there.encodings.formUnion(self.there(new).encodings)
        let current = EarlierPackage(id: PackageID(1), plan: old)
        let copied = new.changes(for: new.packages[0], there: there, current: current)
        #expect(copied.action == .copy)
        #expect(copied.reasons == ["chapter 2 has other audio, which another package has"])

        book = .complete
        book.metadata.title = "Another"
        let titled = try plan(book)
        there.encodings = []
        let gone = titled.changes(for: titled.packages[0], there: there, current: current)
        #expect(gone.reasons == ["the title is another"])
        #expect(gone.chapters.allSatisfy { $0.reasons == ["no package that is there has its audio any more"] })
    }

    @Test("where only this release makes the difference, it says so")
    func release() throws {
        var old = try plan(.complete)
        let new = try plan(.complete)
        let there = PackagedAlready(packages: [], encodings: self.there(new).encodings)
        let bytes = new.changes(
            for: new.packages[0],
            there: there,
            current: EarlierPackage(id: PackageID(1), plan: old)
        )
        #expect(bytes.action == .copy && bytes.reasons == ["this release writes other bytes for the same book"])
        for render in old.renders.indices { old.renders[render].encodes[0].digest = .naming(render) }
        let audio = new.changes(
            for: new.packages[0],
            there: PackagedAlready(packages: [], encodings: []),
            current: EarlierPackage(id: PackageID(1), plan: old)
        )
        #expect(audio.chapters.allSatisfy { $0.reasons == ["this release encodes it in another way"] })
    }

    // MARK: Values

    private func plan(_ book: BookSnapshot) throws -> BatchPlan {
        try BatchPlan(of: book, for: [.google], encoderBuild: "test")
    }

    private func changes(_ book: BookSnapshot, from before: BookSnapshot) throws -> PlannedChanges {
        let (old, new) = (try plan(before), try plan(book))
        return new.changes(
            for: new.packages[0],
            there: there(old),
            current: EarlierPackage(id: PackageID(1), plan: old)
        )
    }

    /// What there is once the packages of a plan are made.
    private func there(_ plan: BatchPlan) -> PackagedAlready {
        let encodings = plan.encodings(for: Set(Platform.allCases))
        return PackagedAlready(
            packages: plan.packages.map { package in
                StoredPackage(
                    id: PackageID(1),
                    project: plan.project,
                    job: JobID(1),
                    platform: package.platform,
                    version: 1,
                    format: package.format,
                    location: BlobLocation(container: "c", path: "p"),
                    bytes: package.size,
                    sha256: .naming(1),
                    fileName: package.fileName,
                    durationSamples: Int64(package.samples),
                    tier: .temp,
                    audioSpec: package.audio,
                    recipe: package.recipe,
                    isValidated: false,
                    validation: nil,
                    sameAs: nil,
                    expiresAt: Instant(microseconds: 1),
                    archivedAt: nil,
                    createdAt: Instant(microseconds: 0),
                    isCurrent: true
                )
            },
            encodings: Set(encodings.compactMap { plan[$0].digest })
        )
    }
}

extension BookSnapshot {
    /// The complete book with a bit rate of its own for Google's package.
    fileprivate static func complete(bitRate: Int) -> BookSnapshot {
        var book = complete
        book.settings.overrides = [.google: .init(bitRate: bitRate)]
        return book
    }
}
