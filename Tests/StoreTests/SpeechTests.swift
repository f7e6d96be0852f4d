import Model
import Store
import Testing

@Suite("Speech in the store")
struct SpeechTests {
    private func key(_ words: String, voice: String = "en-us") -> SpeechKey {
        SpeechKey(voice: Voice(provider: "espeak", name: voice), language: "en", text: digest(words))
    }

    @Test("speech is found by words and voice, records its speaker, and belongs to one tenant")
    func isFound() async throws {
        try await withStore { fixture in
            let store = fixture.store.audio
            let stored = StoredAudio(audio: audio("a"), provenance: "espeak-ng 1.51 en-us", speech: key("words"))
            try await store.record(spoken: [stored], tenant: fixture.tenant)
            try await store.record(spoken: [stored], tenant: fixture.tenant)
            #expect(try await store.audio(spoken: key("words"), tenant: fixture.tenant) == stored)
            #expect(try await store.audio(spoken: key("others"), tenant: fixture.tenant) == nil)
            #expect(try await store.audio(spoken: key("words", voice: "de"), tenant: fixture.tenant) == nil)
            let other = try await fixture.newTenant("other")
            #expect(try await store.audio(spoken: key("words"), tenant: other.tenant) == nil)
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
