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

    @Test("new audio is missing until it arrives, and audio that the tenant has is attached at once")
    func newAudio() async throws {
        try await withStore { fixture in
            let (project, before, segment) = try await book(fixture)
            var update = try await update(segment, SegmentChange(audio: digest("new")), project, fixture)
            #expect(update.isAudioMissing && update.revision == before.revision + 1)
            let missing = try await fixture.store.audio.missing(in: project, limit: 9, tenant: fixture.tenant)
            #expect(missing == [digest("new")])
            #expect(try await fixture.record("new", project) == 1)
            var book = try await fixture.snapshot(project)
            #expect(book.chapters[0].segments.map { $0.audio?.digest } == [digest("new"), digest("b")])

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
