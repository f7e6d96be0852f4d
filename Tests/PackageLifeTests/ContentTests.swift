import Blobs
import DatabaseTestSupport
import Files
import Foundation
import Model
import Planning
import Postgres
import Services
import Speech
import Store
import Synchronization
import Testing
import Workers

@testable import Assets
@testable import Jobs

@Suite("Content")
struct ContentTests {
    /// A way in which audio arrives.
    enum Way: CaseIterable {
        case sent
        case spoken
    }

    @Test(
        "audio that is removed between the look at its bytes and the row that names them is stored again",
        arguments: Way.allCases
    )
    func storedAgain(way: Way) async throws {
        try await PackageLife.with { life in
            // The audio of the deleted project is about to be removed when another project needs the same audio.
            try await life.record("a", for: try await life.project("first", audio: ["a"]))
            let projects = ProjectService(projects: life.store.projects, audio: life.store.audio)
            _ = try await projects.delete("first", tenant: life.tenant)
            try await life.setClock(seconds: 600)
            let blobs = RacingBlobs(blobs: life.blobs) {
                await life.keepHouse()
                #expect((try? life.files())?.isEmpty == true, "the bytes that were found are removed")
            }
            let scratch = try ScratchSpace(root: life.folder + "/scratch")
            switch way {
            case .sent: try await send("a", to: try await life.project("second", audio: ["a"]), life, blobs, scratch)
            case .spoken: try await speak(try await life.project("second"), life, blobs, scratch)
            }
            await life.keepHouse()
            #expect(try await life.store.audio.audio(digest(Array("a".utf8)), tenant: life.tenant) != nil)
            #expect(try await life.faults() == [])
        }
    }

    @Test("a sentence is spoken once: after it changed and came back, was deleted and added, and in any other project")
    func spokenOnce() async throws {
        try await PackageLife.with { life in
            let scratch = try ScratchSpace(root: life.folder + "/scratch")
            let parrot = Parrot()
            func speak(_ texts: [String], in slug: String, by parrot: Parrot) async throws -> ProjectID {
                let project = try await life.project(slug, texts: texts)
                try await self.speak(project, life, life.blobs, scratch, parrot: parrot)
                let book = try await life.store.projects.snapshot(of: project, tenant: life.tenant)
                #expect(book?.chapters[0].segments.allSatisfy { $0.audio != nil } == true)
                return project
            }
            let first = try await speak(["One", "Two"], in: "first", by: parrot)
            #expect(parrot.spoken.sorted() == ["One", "Two"])
            for texts in [["One", "Three"], ["One", "Two"], ["One"], ["Two", "One"]] {
                #expect(try await speak(texts, in: "first", by: parrot) == first)
            }
            #expect(parrot.spoken.count == 3)

            // "One." sounds as "One" does, so that the two share a row of audio.
            _ = try await speak(["Three", "One.", "Two"], in: "second", by: parrot)
            #expect(parrot.spoken.count == 4)
            _ = try await speak(["One.", "Two", "One"], in: "third", by: parrot)
            #expect(parrot.spoken.count == 4, "\(parrot.spoken)")

            // What another project has stays when a project is deleted.
            let projects = ProjectService(projects: life.store.projects, audio: life.store.audio)
            for slug in ["first", "third"] { _ = try await projects.delete(slug, tenant: life.tenant) }
            _ = try await speak(["One.", "Three"], in: "fourth", by: parrot)
            #expect(parrot.spoken.count == 4)
            for slug in ["second", "fourth"] { _ = try await projects.delete(slug, tenant: life.tenant) }
            _ = try await speak(["One."], in: "fifth", by: parrot)
            #expect(parrot.spoken.count == 5, "nobody had it any more")

            // Another version of the engine may speak otherwise.
            let newer = Parrot(version: 2)
            _ = try await speak(["One."], in: "sixth", by: newer)
            #expect(newer.spoken == ["One."])
            #expect(try await life.faults() == [])
        }
    }

    // MARK: Bytes without a row

    /// Runs the cleaner when announced bytes are due.
    private func cleanLater(_ life: PackageLife) async throws {
        try await life.setClock(seconds: 601)
        await life.keepHouse()
        #expect(try await life.faults() == [])
        #expect(try await life.unfinished() == 0)
    }

    @Test("a cover that the project does not name is refused, and its bytes are removed")
    func foreignCover() async throws {
        try await PackageLife.with { life in
            let project = try await life.project("book", cover: "another cover")
            let service = AudioService(
                projects: life.store.projects,
                audio: life.store.audio,
                blobs: life.blobs,
                scratch: try ScratchSpace(root: life.folder + "/scratch"),
                measuring: AudioMeasuring(concurrency: 1) { _, _ in [] },
                workers: try .real()
            )
            let png = try #require(Data(base64Encoded: Self.onePixel))
            let error = await #expect(throws: PackagingError.self) {
                _ = try await service.putCover(
                    Self.chunks(Array(png)),
                    digest: digest(Array(png)),
                    bytes: Int64(png.count),
                    project: project.description,
                    tenant: life.tenant
                )
            }
            #expect(error?.message == "the project names another cover")
            #expect(try life.files().count == 1, "the bytes were stored before the project was looked at")
            try await cleanLater(life)
            #expect(try life.files() == [])
        }
    }

    private static let onePixel =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="

    @Test("audio that no segment of the project names is removed, and what was spoken stays")
    func unwantedAudio() async throws {
        try await PackageLife.with { life in
            let project = try await life.project("book", audio: ["a"])
            try await life.record("unwanted", for: project)
            try await life.record("a", for: project)
            #expect(try await life.store.audio.audio(digest(Array("unwanted".utf8)), tenant: life.tenant) == nil)
            #expect(try life.files().count == 2)
            try await cleanLater(life)
            #expect(try life.files().count == 1)
            #expect(try await life.store.audio.audio(digest(Array("a".utf8)), tenant: life.tenant) != nil)
        }
    }

    @Test("bytes whose daemon dies before their row is written are removed", arguments: ["segments", "covers"])
    func deadDaemon(kind: String) async throws {
        try await PackageLife.with { life in
            let bytes = Array("bytes".utf8)
            try await life.store.audio.announce(kind, [digest(bytes)], tenant: life.tenant)
            try await life.put(bytes, at: TenantContainers.content(kind, digest(bytes), of: life.tenant))
            try await life.setClock(seconds: 599)
            await life.keepHouse()
            #expect(try life.files().count == 1, "the row may still be written")
            try await cleanLater(life)
            #expect(try life.files() == [])
        }
    }

    @Test("bytes that a row names stay when they are announced again, and a row that comes later keeps them")
    func namedBytes() async throws {
        try await PackageLife.with { life in
            let project = try await life.project("book", audio: ["a", "b"], cover: "c")
            try await life.record("a", for: project)
            try await life.recordCover("c", for: project)
            for (kind, name) in [("segments", "a"), ("covers", "c"), ("segments", "b")] {
                try await life.store.audio.announce(kind, [digest(Array(name.utf8))], tenant: life.tenant)
            }
            try await life.record("b", for: project)
            try await cleanLater(life)
            #expect(try life.files().count == 3)
        }
    }

    @Test(
        "an announcement waits for a row that is being written, and then leaves the bytes alone",
        .timeLimit(.minutes(5))
    )
    func announcedMeanwhile() async throws {
        try await PackageLife.with { life in
            let project = try await life.project("book", audio: ["a"])
            let audio = digest(Array("a".utf8))
            try await life.put(Array("a".utf8), at: TenantContainers.content("segments", audio, of: life.tenant))
            let tenant = life.tenant
            try await withThrowingTaskGroup { group in
                try await life.database.app.withTransaction(
                    settings: [("packaging.tenant", tenant.description)]
                ) { transaction in
                    try await transaction.execute(
                        """
                        INSERT INTO packaging.audio_cache (tenant_id, sha256, size_bytes, blob_container, blob_path,
                            format, source_sample_rate, source_channels, samples, peak, energy, quietest_mean_square)
                        VALUES (\(tenant), \(audio), 1::bigint, packaging.audio_container(\(tenant)),
                            packaging.content_path('segments', \(audio)), 'wav', 1, 1, 1, 0, 0, 0)
                        """
                    )
                    group.addTask { try await life.store.audio.announce("segments", [audio], tenant: tenant) }
                    // The announcement has asked for the lock that this transaction has.
                    while try await life.database.owner.query(
                        "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                    ).isEmpty { await Task.yield() }
                }
                try await group.waitForAll()
            }
            _ = try await life.store.audio.attach(audio, project: project, tenant: tenant)
            try await cleanLater(life)
            #expect(try life.files().count == 1)
        }
    }

    private static func chunks(_ bytes: [UInt8]) -> AsyncThrowingStream<[UInt8], any Error> {
        let (chunks, sender) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        sender.yield(bytes)
        sender.finish()
        return chunks
    }

    private static let measurement = AudioMeasurement(
        format: "wav/pcm_s16le",
        sourceSampleRate: 44_100,
        sourceChannels: 1,
        samples: 44_100,
        peak: 0.5,
        energy: 1,
        quietestMeanSquare: 1e-9,
        warnings: []
    )

    /// Sends audio, as a caller does.
    private func send(
        _ audio: String,
        to project: ProjectID,
        _ life: PackageLife,
        _ blobs: RacingBlobs,
        _ scratch: ScratchSpace
    ) async throws {
        let measuring = AudioMeasuring(concurrency: 1) { files, _ in
            files.map { _ in .measured(Self.measurement) }
        }
        let service = AudioService(
            projects: life.store.projects,
            audio: life.store.audio,
            blobs: blobs,
            scratch: scratch,
            measuring: measuring,
            workers: try .fake()
        )
        let bytes = Array(audio.utf8)
        try await withThrowingTaskGroup { group in
            group.addTask { await measuring.run() }
            let outcome = try await service.putAudio(
                Self.chunks(bytes),
                digest: digest(bytes),
                bytes: Int64(bytes.count),
                provenance: "",
                project: project.description,
                tenant: life.tenant
            )
            #expect(!outcome.wasThere && outcome.segments == 1)
            group.cancelAll()
        }
    }

    /// Speaks the missing audio of a project, as a job does.
    private func speak(
        _ project: ProjectID,
        _ life: PackageLife,
        _ blobs: any BlobStore,
        _ scratch: ScratchSpace,
        parrot: Parrot = Parrot()
    ) async throws {
        let book = try #require(try await life.store.projects.snapshot(of: project, tenant: life.tenant))
        try await scratch.withFolder(of: life.tenant, for: "batch") { folder in
            let missing = MissingAudio(
                providers: [parrot.name: parrot],
                audio: life.store.audio,
                blobs: blobs,
                workers: try .fake(),
                tenant: life.tenant,
                scratch: folder
            )
            let plan = SpeechPlan(of: book, providers: [parrot.name])
            try await missing.speak(plan, of: project, revision: book.revision) { _ in }
            #expect(try FileTree.names(in: folder.path) == [], "nothing that was spoken is left")
        }
    }
}

/// Speaks by writing down the text that it is given, without full stops, which nobody hears.
private final class Parrot: SpeechProvider {
    let name = SpeechPlan.usualProvider
    let version: Int
    private let texts = Mutex<[String]>([])

    init(version: Int = 1) { self.version = version }

    /// The texts that were spoken, in their order.
    var spoken: [String] { texts.withLock { $0 } }

    func usualVoice(for language: String) -> String? { "parrot" }
    func provenance(of voice: String) -> String { "\(voice) \(version)" }
    func speak(_ utterance: Utterance, to path: String) async throws {
        texts.withLock { $0.append(utterance.text) }
        let heard = utterance.text.utf8.filter { $0 != UInt8(ascii: ".") }
        try OpenFile(path, .creating).write(Array(heard))
    }
}

/// A blob store that calls `race` as soon as an upload was told that its bytes are there already.
private struct RacingBlobs: WrappedBlobs {
    let blobs: FileBlobStore
    let race: @Sendable () async -> Void

    func upload(to location: BlobLocation, reserving header: Int64) async throws(BlobError) -> any BlobUpload {
        Upload(upload: try await blobs.upload(to: location, reserving: header), race: race)
    }
    func localPath(of location: BlobLocation) async throws(BlobError) -> String? {
        try await blobs.localPath(of: location)
    }

    private struct Upload: BlobUpload {
        let upload: any BlobUpload
        let race: @Sendable () async -> Void

        func append(_ bytes: [UInt8]) async throws(BlobError) { try await upload.append(bytes) }
        func abort() async { await upload.abort() }
        func appendHeader(_ bytes: [UInt8]) async throws(BlobError) { try await upload.appendHeader(bytes) }
        func commit(_ hashes: BlobHashes) async throws(BlobError) -> Int64 {
            do throws(BlobError) {
                return try await upload.commit(hashes)
            } catch {
                if error.kind == .alreadyExists { await race() }
                throw error
            }
        }
    }
}
