import Blobs
import Housekeeping
import Logging
import Model
import Services
import Store
import Synchronization
import Testing

@Suite("Cleaner")
struct CleanerTests {
    /// A blob store that cannot delete one of its blobs, and tells where leftovers of dead daemons are looked for.
    private struct StubbornBlobs: BlobStore {
        let blobs: FileBlobStore
        var stuck: BlobLocation?
        var looked: @Sendable (_ place: String) -> Void = { _ in }

        func upload(to location: BlobLocation, reserving header: Int64) async throws(BlobError) -> any BlobUpload {
            try await blobs.upload(to: location, reserving: header)
        }
        func read(_ location: BlobLocation, from offset: Int64, upTo length: Int) async throws(BlobError) -> [UInt8] {
            try await blobs.read(location, from: offset, upTo: length)
        }
        func size(of location: BlobLocation) async throws(BlobError) -> Int64 { try await blobs.size(of: location) }
        func localPath(of location: BlobLocation) async throws(BlobError) -> String? {
            try await blobs.localPath(of: location)
        }
        func removeAbandonedUploads() async throws(BlobError) -> Int {
            looked("uploads")
            return try await blobs.removeAbandonedUploads()
        }
        func removeBlobs(in container: String, olderThan age: Duration) async throws(BlobError) -> Int {
            looked(container)
            return try await blobs.removeBlobs(in: container, olderThan: age)
        }
        func delete(_ location: BlobLocation) async throws(BlobError) {
            if location == stuck { throw BlobError(.unavailable, "it is stuck") }
            try await blobs.delete(location)
        }
    }

    private var quiet: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }

    @Test("it does a round, pauses as it is told, does another round, and ends when it is cancelled")
    func rounds() async throws {
        try await PackageLife.with { life in
            let (pauses, paused) = AsyncStream<Void>.makeStream()
            let (goes, go) = AsyncStream<Void>.makeStream()
            let cleaner = Cleaner(store: life.store, blobs: life.blobs, probes: "probes", logger: quiet) {
                paused.yield()
                for await _ in goes { return }
                throw CancellationError()
            }
            let project = try await life.project()
            try await life.package(project)
            try await withThrowingTaskGroup { group in
                group.addTask { await cleaner.run() }
                var rounds = pauses.makeAsyncIterator()
                await rounds.next()
                #expect(try life.files().count == 1)
                try await life.setClock(seconds: PackageLife.day)
                go.yield()
                await rounds.next()
                #expect(try life.files().isEmpty)
                group.cancelAll()
                go.finish()
                try await group.waitForAll()
            }
        }
    }

    @Test("it looks for what dead daemons left in its first round, and again in every twelfth")
    func leftovers() async throws {
        try await PackageLife.with { life in
            let rounds = Mutex(0)
            let looks = Mutex<[String]>([])
            let blobs = StubbornBlobs(blobs: life.blobs) { place in
                let round = rounds.withLock(\.self)
                looks.withLock { $0.append("\(round) \(place)") }
            }
            let cleaner = Cleaner(store: life.store, blobs: blobs, probes: "probes", logger: quiet) {
                let isLast = rounds.withLock { count in
                    count += 1
                    return count == 25
                }
                if isLast { throw CancellationError() }
            }
            await cleaner.run()
            let expected = [0, 12, 24].flatMap { ["\($0) uploads", "\($0) probes"] }
            #expect(looks.withLock(\.self) == expected)
        }
    }

    @Test("a blob that cannot be deleted does not keep others from being deleted, and is deleted later")
    func stuck() async throws {
        try await PackageLife.with { life in
            let project = try await life.project()
            var ids: [PackageID] = []
            for number in 0..<3 { ids.append(try await life.package(project, bytes: [UInt8(number)])) }
            let location = try await life.look(ids[0]).location
            for id in ids { _ = try await life.service.delete(id.description, tenant: life.tenant) }
            let stubborn = StubbornBlobs(blobs: life.blobs, stuck: location)
            await Cleaner(store: life.store, blobs: stubborn, probes: "probes", logger: quiet).round()
            #expect(try life.files() == ["temp/" + location.path])
            try await life.setClock(seconds: 300)
            await life.keepHouse()
            #expect(try life.files().isEmpty)
        }
    }

    @Test("imports that were not continued for an hour are forgotten")
    func imports() async throws {
        try await PackageLife.with { life in
            let header = ImportHeader(slug: "left", metadata: BookMetadata(title: "Left"))
            let id = try await life.store.projects.beginImport(header, tenant: life.tenant)
            try await life.setClock(seconds: 3600)
            #expect(await life.cleaner.round().imports == 0)
            try await life.setClock(seconds: 3600, microseconds: 1)
            #expect(await life.cleaner.round().imports == 1)
            let error = await #expect(throws: PackagingError.self) {
                try await life.store.projects.commitImport(id, tenant: life.tenant)
            }
            #expect(error?.code == .notFound)
        }
    }
}
