import Model
import Store
import Testing

@Suite("Speech in the store")
struct SpeechTests {
    private func key(_ words: String, voice: String = "en-us") -> SpeechKey {
        SpeechKey(voice: Voice(provider: "espeak", name: voice), language: "en", text: digest(words))
    }

    private func find(_ key: SpeechKey, _ store: AudioStore, _ tenant: TenantID) async throws -> StoredAudio? {
        try await store.audio(spoken: key, provenance: "espeak-ng 1.51 en-us", tenant: tenant)
    }

    @Test("speech is found by words and voice, records its speaker, and belongs to one tenant")
    func isFound() async throws {
        try await withStore { fixture in
            let store = fixture.store.audio
            let stored = StoredAudio(audio: audio("a"), provenance: "espeak-ng 1.51 en-us", speech: key("words"))
            try await store.record(spoken: [stored], tenant: fixture.tenant)
            try await store.record(spoken: [stored], tenant: fixture.tenant)
            #expect(try await find(key("words"), store, fixture.tenant) == stored)
            #expect(try await find(key("others"), store, fixture.tenant) == nil)
            #expect(try await find(key("words", voice: "de"), store, fixture.tenant) == nil)
            let other = try await fixture.newTenant("other")
            #expect(try await find(key("words"), store, other.tenant) == nil)
        }
    }

    @Test("texts that sound the same share their audio, and each is found; another version of the engine is not")
    func soundsTheSame() async throws {
        try await withStore { fixture in
            let store = fixture.store.audio
            for text in ["One", "One."] {
                let stored = StoredAudio(audio: audio("a"), provenance: "espeak-ng 1.51 en-us", speech: key(text))
                try await store.record(spoken: [stored], tenant: fixture.tenant)
            }
            for text in ["One", "One."] {
                let found = try await find(key(text), store, fixture.tenant)
                #expect(found?.audio == audio("a") && found?.speech == key(text))
            }
            let newer = try await store.audio(
                spoken: key("One"),
                provenance: "espeak-ng 1.52 en-us",
                tenant: fixture.tenant
            )
            #expect(newer == nil)
        }
    }

    @Test("a sentence that goes and comes back has its speech at once, and no other project has it unasked")
    func comesBack() async throws {
        try await withStore { fixture in
            let store = fixture.store
            func importBook(_ texts: [String], slug: String = "book") async throws -> ProjectID {
                try await fixture.importBook([("One", texts.map { SegmentRow($0) })], slug: slug).project
            }
            func audios(_ project: ProjectID) async throws -> [Digest?] {
                try await fixture.snapshot(project).chapters[0].segments.map { $0.audio?.digest }
            }
            let project = try await importBook(["a", "b"])
            let before = try await fixture.snapshot(project)
            for name in ["a", "b"] {
                let stored = StoredAudio(audio: audio(name), provenance: "espeak-ng 1.51 en-us", speech: key(name))
                try await store.audio.record(spoken: [stored], tenant: fixture.tenant)
            }
            let segments = before.chapters[0].segments
            let isGiven = try await store.audio.attach(
                spoken: [segments[0].id: digest("a"), segments[1].id: digest("b")],
                project: project,
                revision: before.revision,
                tenant: fixture.tenant
            )
            #expect(isGiven)

            _ = try await importBook(["a", "changed"])
            #expect(try await audios(project) == [digest("a"), nil])
            _ = try await importBook(["a", "b"])
            #expect(try await audios(project) == [digest("a"), digest("b")])
            _ = try await importBook(["a"])
            _ = try await importBook(["b", "a"])
            #expect(try await audios(project) == [digest("b"), digest("a")])

            let first = try await fixture.snapshot(project).chapters[0].segments[0].id
            for (text, audio) in [("new", nil), ("b", digest("b"))] {
                let update = try await store.projects.updateSegment(
                    first,
                    SegmentChange(text: text),
                    project: project,
                    tenant: fixture.tenant
                )
                #expect(update?.isAudioMissing == (audio == nil))
                #expect(try await audios(project) == [audio, digest("a")])
            }
            let other = try await importBook(["a", "b"], slug: "other")
            #expect(try await audios(other) == [nil, nil])
        }
    }

    @Test("speech in another voice or another language is not given back")
    func otherVoice() async throws {
        try await withStore { fixture in
            let store = fixture.store
            var header = ImportHeader(slug: "book", metadata: BookMetadata(title: "Book"))
            func importBook() async throws -> ProjectID {
                let id = try await store.projects.beginImport(header, tenant: fixture.tenant)
                let page = ImportPage(
                    chapters: [ImportPage.Chapter(number: 1, title: "One", kind: .chapter)],
                    segments: [ImportPage.Segment(chapter: 1, position: 1, text: "a")]
                )
                try await store.projects.append(page, to: id, tenant: fixture.tenant)
                return try await store.projects.commitImport(id, tenant: fixture.tenant).project
            }
            func speak(_ name: String, _ project: ProjectID) async throws {
                let book = try await fixture.snapshot(project)
                let stored = StoredAudio(audio: audio(name), provenance: "espeak-ng", speech: key(name))
                try await store.audio.record(spoken: [stored], tenant: fixture.tenant)
                let isGiven = try await store.audio.attach(
                    spoken: [book.chapters[0].segments[0].id: digest(name)],
                    project: project,
                    revision: book.revision,
                    tenant: fixture.tenant
                )
                #expect(isGiven)
            }
            let project = try await importBook()
            try await speak("usual", project)
            header.settings.voice = Voice(provider: "espeak", name: "de")
            _ = try await importBook()
            #expect(try await fixture.snapshot(project).chapters[0].segments[0].audio == nil)
            try await speak("german", project)
            header.settings.voice?.name = "fr"
            _ = try await importBook()
            #expect(try await fixture.snapshot(project).chapters[0].segments[0].audio == nil)
            header.settings.voice = nil
            _ = try await importBook()
            #expect(try await fixture.snapshot(project).chapters[0].segments[0].audio == audio("usual"))
            header.settings.voice = Voice(provider: "espeak", name: "de")
            _ = try await importBook()
            #expect(try await fixture.snapshot(project).chapters[0].segments[0].audio == audio("german"))
        }
    }

    @Test("speech is attached to segments of the book that it was made for, but not if the book has changed since")
    func isGiven() async throws {
        try await withStore { fixture in
            let store = fixture.store.audio
            let project = try await fixture.importBook([("One", [SegmentRow("a"), SegmentRow("b")])]).project
            let before = try await fixture.snapshot(project)
            let spoken = StoredAudio(audio: audio("a"), provenance: "espeak-ng 1.51 en-us", speech: key("a"))
            try await store.record(spoken: [spoken], tenant: fixture.tenant)
            let ids = before.chapters[0].segments.map(\.id)
            func give(_ segment: SegmentID, at revision: Int64) async throws -> Bool {
                try await store.attach(
                    spoken: [segment: digest("a")],
                    project: project,
                    revision: revision,
                    tenant: fixture.tenant
                )
            }
            #expect(try await give(ids[0], at: before.revision))
            let after = try await fixture.snapshot(project)
            #expect(after.revision == before.revision + 1)
            #expect(after.chapters[0].segments.map { $0.audio?.digest } == [digest("a"), nil])
            #expect(after.chapters[0].segments.map(\.isSynthetic) == [true, false])
            #expect(try await !give(ids[1], at: before.revision))
            #expect(try await fixture.snapshot(project) == after)
        }
    }
}
