import Blobs
import Files
import Model
import Planning
import Services
import Speech
import Store
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
        let (chunks, sender) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        sender.yield(bytes)
        sender.finish()
        try await withThrowingTaskGroup { group in
            group.addTask { await measuring.run() }
            let outcome = try await service.putAudio(
                chunks,
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
        _ blobs: RacingBlobs,
        _ scratch: ScratchSpace
    ) async throws {
        let book = try #require(try await life.store.projects.snapshot(of: project, tenant: life.tenant))
        let parrot = Parrot()
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

/// Speaks by writing down the text that it is given.
private struct Parrot: SpeechProvider {
    let name = SpeechPlan.usualProvider

    func usualVoice(for language: String) -> String? { "parrot" }
    func provenance(of voice: String) -> String { voice }
    func speak(_ utterance: Utterance, to path: String) async throws {
        try OpenFile(path, .creating).write(Array(utterance.text.utf8))
    }
}

/// A blob store that calls `race` as soon as an upload was told that its bytes are there already.
private struct RacingBlobs: BlobStore {
    let blobs: FileBlobStore
    let race: @Sendable () async -> Void

    func upload(to location: BlobLocation) async throws(BlobError) -> any BlobUpload {
        Upload(upload: try await blobs.upload(to: location), race: race)
    }
    func read(_ location: BlobLocation, from offset: Int64, upTo length: Int) async throws(BlobError) -> [UInt8] {
        try await blobs.read(location, from: offset, upTo: length)
    }
    func size(of location: BlobLocation) async throws(BlobError) -> Int64 { try await blobs.size(of: location) }
    func delete(_ location: BlobLocation) async throws(BlobError) { try await blobs.delete(location) }
    func removeAbandonedUploads() async throws(BlobError) -> Int { try await blobs.removeAbandonedUploads() }
    func removeBlobs(in container: String, olderThan age: Duration) async throws(BlobError) -> Int {
        try await blobs.removeBlobs(in: container, olderThan: age)
    }
    func localPath(of location: BlobLocation) async throws(BlobError) -> String? {
        try await blobs.localPath(of: location)
    }

    private struct Upload: BlobUpload {
        let upload: any BlobUpload
        let race: @Sendable () async -> Void

        func append(_ bytes: [UInt8]) async throws(BlobError) { try await upload.append(bytes) }
        func abort() async { await upload.abort() }
        func commit() async throws(BlobError) -> StoredBlob {
            do throws(BlobError) {
                return try await upload.commit()
            } catch {
                if error.kind == .alreadyExists { await race() }
                throw error
            }
        }
    }
}
