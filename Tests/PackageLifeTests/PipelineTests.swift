import Blobs
import Concurrency
import Model
import Queue
import Store
import Synchronization
import Testing
import Workers

/// A step that waits for a later one hangs here, until the limit of time ends the test.
@Suite("The steps of a batch run at once", .timeLimit(.minutes(5)))
struct PipelineTests {
    @Test("bytes of the packages of all platforms leave before the audio of the last chapter is there")
    func sendsEarly() async throws {
        try await PackageLife.with { life in
            let project = try await book(of: life, periods: [100, 101, 102])
            let last = digest(Tone.wav(period: 102))
            // More than what comes before the first chapter in any format, and less than that chapter. Google's package and
            // Spotify's have the same bytes, which are sent once.
            let blobs = TracingBlobs(blobs: life.blobs, enough: 8000, packages: 4) { location in
                location.path.hasSuffix(last.description)
            }
            let jobs = try await package(project, Platform.allCases, of: life, blobs: blobs)
            #expect(jobs.allSatisfy { $0.status == .completed && $0.errorMessage == nil })
        }
    }

    @Test(
        "a chapter is fetched and encoded while others are copied, and what cannot be copied is encoded",
        arguments: [true, false]
    )
    func copiesBesides(isDamaged: Bool) async throws {
        try await PackageLife.with { life in
            let project = try await book(of: life, periods: [100, 101, 102])
            let first = try await package(project, [.google], of: life, blobs: life.blobs)
            let made = try #require(first.first?.package)
            let old = try #require(try await life.store.packages.package(made, tenant: life.tenant)).location
            _ = try await book(of: life, periods: [100, 101, 103])
            let changed = digest(Tone.wav(period: 103))
            // The old package is read only once the changed chapter's audio has been.
            let blobs = TracingBlobs(blobs: life.blobs, waitsFor: changed, isDamaged: isDamaged) { $0 == old }
            let jobs = try await package(project, [.google], of: life, blobs: blobs)
            #expect(jobs.allSatisfy { $0.status == .completed && $0.errorMessage == nil })
            #expect(blobs.heldReads > 0)
            let bytes = try await life.download(try #require(jobs.first?.package))
            // What is read of the book a third time, without an earlier package, is the same.
            let whole = try await packageOfItsOwn(periods: [100, 101, 103])
            #expect(bytes == whole)
        }
    }

    /// The bytes of the package of a book that was packaged once.
    private func packageOfItsOwn(periods: [Int]) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        try await PackageLife.with { life in
            let project = try await book(of: life, periods: periods)
            let jobs = try await package(project, [.google], of: life, blobs: life.blobs)
            bytes = try await life.download(try #require(jobs.first?.package))
        }
        return bytes
    }

    /// Imports a book whose chapters have a segment each: a tone of such a period.
    private func book(of life: PackageLife, periods: [Int]) async throws -> ProjectID {
        let header = ImportHeader(slug: "book", metadata: BookMetadata(title: "book"))
        let id = try await life.store.projects.beginImport(header, tenant: life.tenant)
        var page = ImportPage(chapters: [])
        for (index, period) in periods.enumerated() {
            page.chapters.append(ImportPage.Chapter(number: index + 1, title: "\(index + 1)", kind: .chapter))
            page.segments.append(
                ImportPage.Segment(chapter: index + 1, position: 1, text: "a", audio: digest(Tone.wav(period: period)))
            )
        }
        try await life.store.projects.append(page, to: id, tenant: life.tenant)
        let project = try await life.store.projects.commitImport(id, tenant: life.tenant).project
        for period in periods { try await life.record(Tone.wav(period: period), for: project) }
        return project
    }

    /// Makes packages of a book. Returns their jobs when all have ended.
    private func package(
        _ project: ProjectID,
        _ platforms: [Platform],
        of life: PackageLife,
        blobs: any BlobStore
    ) async throws -> [PackagingJob] {
        let batch = try await life.store.jobs.create(
            NewBatch(project: project, platforms: platforms),
            tenant: life.tenant
        )
        let healthy = HealthGate {
            true
        } look: {
            nil
        }
        var jobs: [PackagingJob] = []
        try await life.withQueue(gate: healthy, workers: try .real(), blobs: blobs) { queue in
            queue.wake()
            repeat {
                await Task.yield()
                jobs = try await life.store.jobs.jobs(batch: batch.batch, tenant: life.tenant)
            } while !jobs.allSatisfy(\.status.isTerminal)
        }
        return jobs
    }
}

/// A blob store on another machine, in which reads of some blobs wait until something else has happened.
private final class TracingBlobs: WrappedBlobs {
    let blobs: FileBlobStore
    private let isHeld: @Sendable (BlobLocation) -> Bool
    /// The reads that were held wait for this.
    private let goOn = Deferred<Void>()
    private let sent: Mutex<[BlobLocation: Int]> = Mutex([:])
    private let reads = Mutex(0)
    private let enough: (bytes: Int, packages: Int)?
    private let awaited: Digest?
    private let isDamaged: Bool

    /// Held reads go on when `enough` bytes of each of so many packages were sent.
    init(blobs: FileBlobStore, enough: Int, packages: Int, isHeld: @escaping @Sendable (BlobLocation) -> Bool) {
        self.blobs = blobs
        self.isHeld = isHeld
        self.enough = (enough, packages)
        awaited = nil
        isDamaged = false
    }

    /// Held reads go on, or fail if they are damaged, when a blob of the digest `awaited` was read.
    init(
        blobs: FileBlobStore,
        waitsFor awaited: Digest,
        isDamaged: Bool,
        isHeld: @escaping @Sendable (BlobLocation) -> Bool
    ) {
        self.blobs = blobs
        self.isHeld = isHeld
        self.awaited = awaited
        self.isDamaged = isDamaged
        enough = nil
    }

    /// The number of reads that were held.
    var heldReads: Int { reads.withLock { $0 } }

    func read(_ location: BlobLocation, from offset: Int64, upTo length: Int) async throws(BlobError) -> [UInt8] {
        if isHeld(location) {
            reads.withLock { $0 += 1 }
            try? await goOn.value
            if isDamaged { throw BlobError(.notFound, "damaged") }
        }
        let bytes = try await blobs.read(location, from: offset, upTo: length)
        if let awaited, location.path.hasSuffix(awaited.description) { goOn.settle(.success(())) }
        return bytes
    }

    func upload(to location: BlobLocation, reserving header: Int64) async throws(BlobError) -> any BlobUpload {
        let upload = try await blobs.upload(to: location, reserving: header)
        return TracedUpload(upload: upload) { [self] count in
            let sizes = sent.withLock { sent in
                sent[location, default: 0] += count
                return sent.values
            }
            guard let enough, sizes.count(where: { $0 >= enough.bytes }) >= enough.packages else { return }
            goOn.settle(.success(()))
        }
    }
}

private struct TracedUpload: BlobUpload {
    let upload: any BlobUpload
    let sent: @Sendable (Int) -> Void

    func append(_ bytes: [UInt8]) async throws(BlobError) {
        try await upload.append(bytes)
        sent(bytes.count)
    }
    func appendHeader(_ bytes: [UInt8]) async throws(BlobError) { try await upload.appendHeader(bytes) }
    func commit(_ hashes: BlobHashes) async throws(BlobError) -> Int64 { try await upload.commit(hashes) }
    func abort() async { await upload.abort() }
}
