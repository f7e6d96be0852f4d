import DatabaseTestSupport
import Logging
import Model
import Postgres
import Store
import Testing

@Suite("Import", .serialized)
struct ImportTests {
    private func ids(_ book: BookSnapshot) -> [[SegmentID]] { book.chapters.map { $0.segments.map(\.id) } }

    @Test("a book is read back as it was sent, in order")
    func roundTrip() async throws {
        try await withStore { fixture in
            var header = ImportHeader(metadata: BookMetadata(title: "L’Été & “More”", authors: ["Ñ"], year: 2024))
            header.settings.overrides = [.apple: .init(bitRate: 192_000), .kobo: .init(bitRate: nil)]
            header.settings.voice = Voice(provider: "espeak", name: "en-us")
            header.cover = digest("cover")
            let projects = fixture.store.projects
            let id = try await projects.beginImport(header, tenant: fixture.tenant)
            // The pages are out of order, and one divides a chapter.
            try await projects.append(
                ImportPage(segments: [ImportPage.Segment(chapter: 2, position: 1, text: "b", audio: digest("b"))]),
                to: id,
                tenant: fixture.tenant
            )
            try await projects.append(
                ImportPage(
                    chapters: [
                        ImportPage.Chapter(number: 2, title: "Two", kind: .closingCredits),
                        ImportPage.Chapter(number: 1, title: "One", kind: .openingCredits),
                    ],
                    segments: [ImportPage.Segment(chapter: 2, position: 2, text: "", audio: digest("c"))]
                ),
                to: id,
                tenant: fixture.tenant
            )
            let result = try await projects.commitImport(id, tenant: fixture.tenant)
            #expect(result.slug == "lete-more")
            #expect(result.created && result.isCoverMissing)
            #expect([result.chapters, result.segments] == [2, 2])

            let book = try await fixture.snapshot(result.project)
            #expect(book.metadata == header.metadata)
            #expect(book.settings == header.settings)
            #expect(book.chapters.map(\.title) == ["One", "Two"])
            #expect(book.chapters.map(\.kind) == [.openingCredits, .closingCredits])
            #expect(book.chapters[1].segments.map(\.text) == ["b", nil])
            #expect(book.cover == nil)
        }
    }

    @Test("importing the same book again changes nothing, not even the revision")
    func unchanged() async throws {
        try await withStore { fixture in
            let book = [("One", [SegmentRow("a", audio: "a"), SegmentRow("b")]), ("Two", [SegmentRow("a")])]
            let first = try await fixture.importBook(book)
            try await fixture.record("a", first.project)
            let before = try await fixture.snapshot(first.project)
            let second = try await fixture.importBook(book)
            #expect(!second.created && second.project == first.project)
            #expect(try await fixture.snapshot(first.project) == before)
        }
    }

    @Test("a change of one sentence keeps every id and the audio of every other sentence")
    func changedText() async throws {
        try await withStore { fixture in
            let result = try await fixture.importBook([
                ("One", [SegmentRow("a", audio: "a"), SegmentRow("b", audio: "b")])
            ])
            for name in ["a", "b"] { try await fixture.record(name, result.project) }
            let before = try await fixture.snapshot(result.project)
            try await fixture.importBook([("One", [SegmentRow("a", audio: "a"), SegmentRow("B!", audio: "b2")])])
            let after = try await fixture.snapshot(result.project)
            #expect(ids(after) == ids(before))
            #expect(after.chapters[0].segments.map(\.text) == ["a", "B!"])
            #expect(after.chapters[0].segments.map { $0.audio?.digest } == [digest("a"), nil])
            #expect(after.revision == before.revision + 1)
        }
    }

    @Test("a sentence whose recording is replaced keeps the earlier one until the new one is taken, or for good")
    func rerecorded() async throws {
        try await withStore { fixture in
            func importBook(_ first: String, _ text: String = "a") async throws -> ImportResult {
                try await fixture.importBook([("One", [SegmentRow(text, audio: first), SegmentRow("b", audio: "b")])])
            }
            let store = fixture.store.audio
            let project = try await importBook("a").project
            for name in ["a", "b"] { try await fixture.record(name, project) }
            let before = try await fixture.snapshot(project)
            #expect(try await importBook("bad").revision == before.revision)
            #expect(try await store.missing(in: project, limit: 9, tenant: fixture.tenant) == [digest("bad")])
            let refused = try await store.recordRefusal(
                "noise",
                digest: digest("bad"),
                project: project,
                tenant: fixture.tenant
            )
            #expect(refused.keeping == 1 && refused.without == 0)
            #expect(try await fixture.snapshot(project) == before)

            _ = try await importBook("good")
            var waiting = before
            waiting.chapters[0].segments[0].awaitsAudio = true
            #expect(try await fixture.snapshot(project) == waiting)
            #expect(try await fixture.record("good", project) == 1)
            let after = try await fixture.snapshot(project)
            #expect(after.chapters[0].segments.map { $0.audio?.digest } == [digest("good"), digest("b")])
            #expect(after.chapters[0].segments.map(\.id) == before.chapters[0].segments.map(\.id))
            #expect(try await importBook("good").revision == after.revision)
            // Audio that the tenant has is taken at once; for other words the old audio goes at once.
            _ = try await importBook("a")
            #expect(try await fixture.snapshot(project).chapters[0].segments[0].audio == audio("a"))
            _ = try await importBook("newest", "A!")
            #expect(try await fixture.snapshot(project).chapters[0].segments[0].audio == nil)
        }
    }

    @Test("inserting, moving or removing a segment leaves the other segments their ids")
    func structure() async throws {
        try await withStore { fixture in
            let a = ("One", [SegmentRow("a"), SegmentRow("b"), SegmentRow("b")]), b = ("Two", [SegmentRow("c")])
            let project = try await fixture.importBook([a, b]).project
            let before = try await fixture.snapshot(project)
            let x = ("Zero", [SegmentRow("x")]), longer = ("One", [SegmentRow("new")] + a.1)
            try await fixture.importBook([x, b, longer])
            let after = try await fixture.snapshot(project)
            #expect(after.chapters[1].id == before.chapters[1].id)
            #expect(after.chapters[2].id == before.chapters[0].id)
            #expect(Array(ids(after)[2].dropFirst()) == ids(before)[0])
            try await fixture.importBook([b])
            let last = try await fixture.snapshot(project)
            #expect(last.chapters.map(\.id) == [before.chapters[1].id])
        }
    }

    @Test("a renamed chapter keeps its id and its segments")
    func renamed() async throws {
        try await withStore { fixture in
            let project = try await fixture.importBook([("One", [SegmentRow("a")]), ("Two", [SegmentRow("b")])]).project
            let before = try await fixture.snapshot(project)
            try await fixture.importBook([("One", [SegmentRow("a")]), ("The Second", [SegmentRow("b")])])
            let after = try await fixture.snapshot(project)
            #expect(after.chapters.map(\.id) == before.chapters.map(\.id))
            #expect(ids(after) == ids(before))
            #expect(after.chapters[1].title == "The Second")
        }
    }

    @Test("an import that was not committed leaves the old book, and is forgotten after an hour")
    func broken() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let project = try await fixture.project()
            let before = try await fixture.snapshot(project)
            let projects = fixture.store.projects
            let header = ImportHeader(slug: "book", metadata: BookMetadata(title: "Other"))
            let id = try await projects.beginImport(header, tenant: fixture.tenant)
            let page = ImportPage(chapters: [ImportPage.Chapter(number: 1, title: "X", kind: .chapter)])
            try await projects.append(page, to: id, tenant: fixture.tenant)
            #expect(try await fixture.snapshot(project) == before)
            try await fixture.setClock(seconds: 3599)
            #expect(try await projects.sweepImports() == 0)
            try await fixture.setClock(seconds: 3601)
            #expect(try await projects.sweepImports() == 1)
            let error = await #expect(throws: PackagingError.self) {
                try await projects.commitImport(id, tenant: fixture.tenant)
            }
            #expect(error?.code == .notFound)
            await #expect(throws: PackagingError.self) {
                try await projects.append(page, to: id, tenant: fixture.tenant)
            }
        }
    }

    @Test(
        "merging a book of 20,000 segments costs less than four times the CPU time of its first import"
    )
    func longBook() async throws {
        try await withStore { fixture in
            // Everything runs on one connection, so that one server process does the work, and only its own CPU time
            // counts.
            var configuration = fixture.database.appConfiguration
            configuration.maximumConnections = 1
            let client = PostgresClient(configuration: configuration, logger: Logger(label: "test"))
            var fixture = fixture
            fixture.store = Store(client: client)
            let server: Int = try await client.query("SELECT pg_backend_pid() AS pid")[0].decode("pid")
            let book = (0..<20).map { chapter in
                (
                    "Chapter \(chapter)",
                    (0..<1000).map { SegmentRow("sentence \(chapter) \($0)", audio: "\(chapter)/\($0)") }
                )
            }
            let start = try processorTicks(of: server)
            let first = try await fixture.importBook(book)
            let between = try processorTicks(of: server)
            let second = try await fixture.importBook(book)
            let end = try processorTicks(of: server)
            #expect(end - between < 4 * (between - start))
            #expect(second.revision == first.revision && second.segments == 20_000)
            await client.close()
        }
    }

    @Test("missing audio is listed once, by digest and in pages")
    func missing() async throws {
        try await withStore { fixture in
            let names = ["c", "a", "b", "a"]
            let project = try await fixture.importBook([("One", names.map { SegmentRow($0, audio: $0) })]).project
            let audio = fixture.store.audio
            let first = try await audio.missing(in: project, limit: 2, tenant: fixture.tenant)
            #expect(first == [digest("a"), digest("b")])
            #expect(
                try await audio.missing(in: project, after: first[1], limit: 2, tenant: fixture.tenant) == [digest("c")]
            )
            #expect(try await fixture.record("a", project) == 2)
            #expect(
                try await audio.missing(in: project, limit: 9, tenant: fixture.tenant) == [digest("b"), digest("c")]
            )
            let places = try await audio.places(of: digest("a"), in: project, tenant: fixture.tenant)
            #expect(places.map(\.segment) == [2, 4])
        }
    }

    @Test("the import attaches audio that the tenant has, and a refusal stays until the audio is replaced")
    func knownAndRefused() async throws {
        try await withStore { fixture in
            let first = try await fixture.importBook([("One", [SegmentRow("a", audio: "a")])], slug: "first").project
            try await fixture.record("a", first)
            let book = [("One", [SegmentRow("a", audio: "a"), SegmentRow("b", audio: "bad")])]
            let second = try await fixture.importBook(book, slug: "second").project
            let audio = fixture.store.audio
            #expect(try await audio.missing(in: second, limit: 9, tenant: fixture.tenant) == [digest("bad")])
            try await audio.recordRefusal(
                "it is no audio",
                digest: digest("bad"),
                project: second,
                tenant: fixture.tenant
            )
            var segments = try await fixture.snapshot(second).chapters[0].segments
            #expect(segments[0].audio == StoreTests.audio("a"))
            #expect(segments[1].refusal == "it is no audio")
            let summary = try await fixture.store.projects.project("second", tenant: fixture.tenant)
            #expect(summary?.segmentsWithAudio == 1 && summary?.audioSamples == 44_100)

            try await fixture.importBook(
                [("One", [SegmentRow("a", audio: "a"), SegmentRow("b", audio: "good")])],
                slug: "second"
            )
            segments = try await fixture.snapshot(second).chapters[0].segments
            #expect(segments[1].refusal == nil)
        }
    }

    @Test("audio registered for a segment is kept when the same book, which names no audio, is imported again")
    func registered() async throws {
        try await withStore { fixture in
            let book = [("One", [SegmentRow("a"), SegmentRow("a")])]
            let project = try await fixture.importBook(book).project
            let segment = try await fixture.snapshot(project).chapters[0].segments[1].id
            let stored = StoredAudio(audio: audio("x"), provenance: "azure")
            let store = fixture.store.audio
            #expect(try await store.register(stored, for: segment, project: project, tenant: fixture.tenant))
            #expect(try await !store.register(stored, for: .random(), project: project, tenant: fixture.tenant))
            try await fixture.importBook(book)
            var segments = try await fixture.snapshot(project).chapters[0].segments
            #expect(segments.map { $0.audio?.digest } == [nil, digest("x")])
            try await fixture.importBook([("One", [SegmentRow("a"), SegmentRow("other words")])])
            segments = try await fixture.snapshot(project).chapters[0].segments
            #expect(segments[1].audio == nil)
        }
    }

    @Test("a spoken sentence is found by its words and voice, and only by these")
    func speech() async throws {
        try await withStore { fixture in
            let project = try await fixture.project()
            let segment = try await fixture.snapshot(project).chapters[0].segments[0].id
            var key = SpeechKey(voice: Voice(provider: "espeak", name: "en"), language: "en", text: digest("words"))
            // The sentence is spoken twice at once: both recordings are kept, and the first one counts.
            for (second, name) in ["first", "second"].enumerated() {
                try await fixture.setClock(seconds: Double(second))
                let spoken = StoredAudio(audio: audio(name), provenance: "espeak", speech: key)
                let store = fixture.store.audio
                #expect(try await store.register(spoken, for: segment, project: project, tenant: fixture.tenant))
            }
            let found = try await fixture.store.audio.audio(spoken: key, provenance: "espeak", tenant: fixture.tenant)
            #expect(found?.audio == audio("first") && found?.speech == key && found?.provenance == "espeak")
            key.voice.name = "de"
            #expect(
                try await fixture.store.audio.audio(spoken: key, provenance: "espeak", tenant: fixture.tenant) == nil
            )
        }
    }

    @Test(
        "a cover is accepted only by the book that names it, and stays until the other one that it names then is taken"
    )
    func cover() async throws {
        try await withStore { fixture in
            let projects = fixture.store.projects
            var header = ImportHeader(slug: "book", metadata: BookMetadata(title: "T"), cover: digest("c"))
            var id = try await projects.beginImport(header, tenant: fixture.tenant)
            let project = try await projects.commitImport(id, tenant: fixture.tenant).project
            let cover = StoredCover(
                cover: Cover(digest: digest("c"), bytes: 9, format: .png, width: 3000, height: 3000),
                location: BlobLocation(container: "t", path: "covers/c")
            )
            var wrong = cover
            wrong.cover.digest = digest("d")
            #expect(try await !projects.recordCover(wrong, project: project, tenant: fixture.tenant))
            #expect(try await projects.recordCover(cover, project: project, tenant: fixture.tenant))
            #expect(try await projects.cover(of: project, tenant: fixture.tenant) == cover)
            #expect(try await fixture.snapshot(project).cover == cover.cover)
            header.cover = digest("d")
            id = try await projects.beginImport(header, tenant: fixture.tenant)
            let again = try await projects.commitImport(id, tenant: fixture.tenant)
            #expect(again.isCoverMissing)
            #expect(try await projects.cover(of: project, tenant: fixture.tenant) == cover)
            let isKept = try await projects.recordCoverRefusal(
                "no image",
                digest: digest("d"),
                project: project,
                tenant: fixture.tenant
            )
            #expect(isKept)
            #expect(try await projects.cover(of: project, tenant: fixture.tenant) == cover)
            #expect(try await !projects.recordCover(wrong, project: project, tenant: fixture.tenant))

            id = try await projects.beginImport(header, tenant: fixture.tenant)
            #expect(try await projects.commitImport(id, tenant: fixture.tenant).revision == again.revision)
            #expect(try await projects.recordCover(wrong, project: project, tenant: fixture.tenant))
            #expect(try await projects.cover(of: project, tenant: fixture.tenant) == wrong)
            #expect(try await fixture.snapshot(project).revision == again.revision + 1)
            header.cover = nil
            id = try await projects.beginImport(header, tenant: fixture.tenant)
            #expect(try await !projects.commitImport(id, tenant: fixture.tenant).isCoverMissing)
            #expect(try await projects.cover(of: project, tenant: fixture.tenant) == nil)
        }
    }

    @Test("projects are listed newest first, in pages that neither repeat nor skip")
    func list() async throws {
        try await withStore { fixture in
            for second in 0..<5 {
                try await fixture.setClock(seconds: Double(second / 2))
                _ = try await fixture.project("p\(second)")
            }
            var seen: [String] = []
            var cursor: PageCursor?
            repeat {
                let page = try await fixture.store.projects.projects(after: cursor, limit: 2, tenant: fixture.tenant)
                seen += page.elements.map(\.slug)
                cursor = page.next.flatMap { PageCursor(token: $0.token) }
            } while cursor != nil
            #expect(Set(seen).count == 5 && seen.count == 5)
            #expect(seen.first == "p4")
        }
    }
}
