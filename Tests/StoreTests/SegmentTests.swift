import Model
import Store
import Testing

@Suite("Changes of one segment", .serialized)
struct SegmentTests {
    /// A project of two segments with audio, its snapshot, and the first segment's id.
    private func book(_ fixture: StoreFixture) async throws -> (ProjectID, BookSnapshot, SegmentID) {
        let project = try await fixture.importBook([
            ("One", [SegmentRow("a", audio: "a"), SegmentRow("b", audio: "b")])
        ]).project
        for name in ["a", "b"] { try await fixture.record(name, project) }
        let book = try await fixture.snapshot(project)
        return (project, book, book.chapters[0].segments[0].id)
    }

    private func update(
        _ segment: SegmentID,
        _ change: SegmentChange,
        _ project: ProjectID,
        _ fixture: StoreFixture
    ) async throws -> SegmentUpdate {
        try #require(
            try await fixture.store.projects.updateSegment(segment, change, project: project, tenant: fixture.tenant)
        )
    }

    @Test("a new text drops the audio of the old text, and nothing else of the book changes")
    func newText() async throws {
        try await withStore { fixture in
            let (project, before, segment) = try await book(fixture)
            let update = try await update(segment, SegmentChange(text: "A!"), project, fixture)
            #expect(update.isAudioMissing && update.revision == before.revision + 1)
            var expected = before
            expected.revision += 1
            expected.chapters[0].segments[0].text = "A!"
            expected.chapters[0].segments[0].audio = nil
            // The segment waits for no audio from a caller, because it is to be spoken.
            expected.chapters[0].segments[0].namesAudio = false
            #expect(try await fixture.snapshot(project) == expected)
            #expect(try await fixture.store.audio.missing(in: project, limit: 9, tenant: fixture.tenant) == [])
        }
    }

    @Test("a segment keeps its audio until new audio arrives, and audio that the tenant has is attached at once")
    func newAudio() async throws {
        try await withStore { fixture in
            let (project, before, segment) = try await book(fixture)
            var update = try await update(segment, SegmentChange(audio: digest("new")), project, fixture)
            #expect(update.isAudioMissing && update.revision == before.revision)
            var expected = before
            expected.chapters[0].segments[0].awaitsAudio = true
            #expect(try await fixture.snapshot(project) == expected)
            let missing = try await fixture.store.audio.missing(in: project, limit: 9, tenant: fixture.tenant)
            #expect(missing == [digest("new")])
            #expect(try await fixture.record("new", project) == 1)
            var book = try await fixture.snapshot(project)
            #expect(book.chapters[0].segments.map { $0.audio?.digest } == [digest("new"), digest("b")])
            #expect(book.revision == before.revision + 1)

            let both = SegmentChange(text: "bee", audio: digest("b"))
            update = try await self.update(segment, both, project, fixture)
            #expect(!update.isAudioMissing && update.revision == book.revision + 1)
            book = try await fixture.snapshot(project)
            #expect(book.chapters[0].segments.map { $0.audio?.digest } == [digest("b"), digest("b")])
            #expect(book.chapters[0].segments[0].text == "bee")
        }
    }

    @Test("an unchanged segment makes no new revision, and keeps the audio that was spoken for it")
    func nothingChanges() async throws {
        try await withStore { fixture in
            let (project, before, segment) = try await book(fixture)
            for change in [SegmentChange(text: "a"), SegmentChange(audio: digest("a")), SegmentChange()] {
                let update = try await update(segment, change, project, fixture)
                #expect(!update.isAudioMissing && update.revision == before.revision)
            }
            #expect(try await fixture.snapshot(project) == before)

            let spoken = try await fixture.importBook([("One", [SegmentRow("said")])], slug: "spoken").project
            let said = try await fixture.snapshot(spoken).chapters[0].segments[0].id
            let audios = fixture.store.audio
            let registered = StoredAudio(audio: audio("said"))
            #expect(try await audios.register(registered, for: said, project: spoken, tenant: fixture.tenant))
            let kept = try await update(said, SegmentChange(text: "said"), spoken, fixture)
            #expect(!kept.isAudioMissing)
        }
    }

    @Test("new audio clears an earlier refusal, and the same text again does not")
    func refusal() async throws {
        try await withStore { fixture in
            let project = try await fixture.importBook([("One", [SegmentRow("a", audio: "bad")])]).project
            let store = fixture.store.audio
            try await store.recordRefusal("noise", digest: digest("bad"), project: project, tenant: fixture.tenant)
            let segment = try await fixture.snapshot(project).chapters[0].segments[0].id
            _ = try await update(segment, SegmentChange(text: "a"), project, fixture)
            #expect(try await fixture.snapshot(project).chapters[0].segments[0].refusal == "noise")
            _ = try await update(segment, SegmentChange(audio: digest("good")), project, fixture)
            #expect(try await fixture.snapshot(project).chapters[0].segments[0].refusal == nil)
        }
    }

    @Test("text and audio of a retake change in one step, when the audio is there; a refused retake changes nothing")
    func retake() async throws {
        try await withStore { fixture in
            let (project, before, segment) = try await book(fixture)
            let store = fixture.store.audio
            let bad = SegmentChange(text: "worse", audio: digest("bad"))
            #expect(try await update(segment, bad, project, fixture).isAudioMissing)
            #expect(
                try await store.places(of: digest("bad"), in: project, tenant: fixture.tenant).map(\.segment) == [1]
            )
            let refused = try await store.recordRefusal(
                "noise",
                digest: digest("bad"),
                project: project,
                tenant: fixture.tenant
            )
            #expect(refused.keeping == 1 && refused.without == 0)
            #expect(try await fixture.snapshot(project) == before)
            #expect(try await store.missing(in: project, limit: 9, tenant: fixture.tenant) == [])
            // Audio that nobody awaits any more changes nothing, even if it is good now.
            #expect(try await fixture.record("bad", project) == 0)
            #expect(try await fixture.snapshot(project) == before)

            #expect(
                try await update(segment, SegmentChange(text: "A!", audio: digest("new")), project, fixture)
                    .isAudioMissing
            )
            #expect(try await fixture.record("new", project) == 1)
            let after = try await fixture.snapshot(project)
            var expected = before
            expected.revision += 1
            expected.chapters[0].segments[0].text = "A!"
            expected.chapters[0].segments[0].audio = audio("new")
            #expect(after == expected)
        }
    }

    @Test("of two retakes of a segment the later one counts, and any later change forgets what was awaited")
    func laterChange() async throws {
        try await withStore { fixture in
            let (project, before, segment) = try await book(fixture)
            func isKept(after name: String) async throws {
                #expect(try await fixture.record(name, project) == 0)
                var now = try await fixture.snapshot(project)
                // The second retake is still awaited after the first one.
                now.chapters[0].segments[0].awaitsAudio = false
                #expect(now == before, "\(name)")
            }
            for name in ["first", "second"] {
                _ = try await update(segment, SegmentChange(text: name, audio: digest(name)), project, fixture)
            }
            try await isKept(after: "first")
            // The present text, the present audio, and the book itself say that the segment is to stay as it is.
            _ = try await update(segment, SegmentChange(text: "a"), project, fixture)
            try await isKept(after: "second")
            _ = try await update(segment, SegmentChange(audio: digest("third")), project, fixture)
            #expect(try await !update(segment, SegmentChange(audio: digest("a")), project, fixture).isAudioMissing)
            try await isKept(after: "third")
            _ = try await update(segment, SegmentChange(text: "x", audio: digest("fourth")), project, fixture)
            try await fixture.importBook([("One", [SegmentRow("a", audio: "a"), SegmentRow("b", audio: "b")])])
            try await isKept(after: "fourth")
        }
    }

    @Test(
        "audio that two segments and two projects await changes all of them, and each project only when it is offered"
    )
    func sharedRetake() async throws {
        try await withStore { fixture in
            let (project, before, _) = try await book(fixture)
            let rows = [SegmentRow("a", audio: "a"), SegmentRow("b", audio: "b")]
            let other = try await fixture.importBook([("One", rows)], slug: "other").project
            let book = try await fixture.snapshot(other)
            for segment in before.chapters[0].segments {
                _ = try await update(segment.id, SegmentChange(audio: digest("new")), project, fixture)
            }
            _ = try await update(book.chapters[0].segments[1].id, SegmentChange(audio: digest("new")), other, fixture)
            #expect(try await fixture.record("new", project) == 2)
            let after = try await fixture.snapshot(project)
            #expect(after.chapters[0].segments.map { $0.audio?.digest } == [digest("new"), digest("new")])
            #expect(after.revision == before.revision + 1)
            var waiting = book
            waiting.chapters[0].segments[1].awaitsAudio = true
            #expect(try await fixture.snapshot(other) == waiting)
            #expect(try await fixture.store.audio.attach(digest("new"), project: other, tenant: fixture.tenant) == 1)
            let segments = try await fixture.snapshot(other).chapters[0].segments
            #expect(segments.map { $0.audio?.digest } == [digest("a"), digest("new")])
        }
    }

    @Test("audio registered for a segment brings the text that awaited it, and other audio forgets that text")
    func registeredRetake() async throws {
        try await withStore { fixture in
            let (project, _, segment) = try await book(fixture)
            func register(_ name: String) async throws -> BookSnapshot.Segment {
                let stored = StoredAudio(audio: audio(name))
                let store = fixture.store.audio
                #expect(try await store.register(stored, for: segment, project: project, tenant: fixture.tenant))
                return try await fixture.snapshot(project).chapters[0].segments[0]
            }
            _ = try await update(segment, SegmentChange(text: "x", audio: digest("new")), project, fixture)
            let other = try await register("other")
            #expect(other.text == "a" && other.audio == audio("other"))
            #expect(try await fixture.record("new", project) == 0)
            _ = try await update(segment, SegmentChange(text: "y", audio: digest("newer")), project, fixture)
            let newer = try await register("newer")
            #expect(newer.text == "y" && newer.audio == audio("newer"))
        }
    }

    @Test("a segment of another project or of another tenant is not found")
    func strangers() async throws {
        try await withStore { fixture in
            let (project, before, segment) = try await book(fixture)
            let projects = fixture.store.projects
            let other = try await fixture.project("other")
            let change = SegmentChange(text: "stolen")
            let inOther = try await projects.updateSegment(segment, change, project: other, tenant: fixture.tenant)
            let tenant = try await fixture.newTenant("stranger").tenant
            let byOther = try await projects.updateSegment(segment, change, project: project, tenant: tenant)
            #expect(inOther == nil && byOther == nil)
            #expect(try await fixture.snapshot(project) == before)
        }
    }

    @Test("importing the book again restores its own words and audio, and keeps every id")
    func importedAgain() async throws {
        try await withStore { fixture in
            let (project, before, segment) = try await book(fixture)
            _ = try await update(segment, SegmentChange(text: "A!"), project, fixture)
            try await fixture.importBook([("One", [SegmentRow("a", audio: "a"), SegmentRow("b", audio: "b")])])
            var after = try await fixture.snapshot(project)
            #expect(after.revision == before.revision + 2)
            after.revision = before.revision
            #expect(after == before)
        }
    }

    @Test("importing a book again with one changed sentence keeps the speech of all other sentences")
    func spokenSentences() async throws {
        try await withStore { fixture in
            let project = try await fixture.importBook([("One", [SegmentRow("a"), SegmentRow("b")])]).project
            let before = try await fixture.snapshot(project)
            for (segment, name) in zip(before.chapters[0].segments, ["a", "b"]) {
                let stored = StoredAudio(audio: audio(name))
                let tenant = fixture.tenant
                #expect(
                    try await fixture.store.audio.register(stored, for: segment.id, project: project, tenant: tenant)
                )
            }
            try await fixture.importBook([("One", [SegmentRow("a"), SegmentRow("B!")])])
            let after = try await fixture.snapshot(project).chapters[0].segments
            #expect(after.map(\.id) == before.chapters[0].segments.map(\.id))
            #expect(after.map { $0.audio?.digest } == [digest("a"), nil])
        }
    }
}
