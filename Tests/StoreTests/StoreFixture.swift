import DatabaseTestSupport
import Logging
import Model
import Postgres
import Store

/// A migrated database, made once per process and copied for each test.
private let migrated = DatabaseTemplate("store") { owner in
    try await Migrator(client: owner, logger: Logger(label: "test")).migrate()
}

/// Calls `body` with a store over a database of its own.
func withStore(_ body: (StoreFixture) async throws -> Void) async throws {
    try await withDatabase(migrated) { database in
        try await body(StoreFixture(store: Store(client: database.app), database: database))
    }
}

/// A store, its database, and short names for the usual steps of tests.
struct StoreFixture: Sendable {
    var store: Store
    let database: TestDatabase
    var tenant = Tenant.localID

    var jobs: JobStore { store.jobs }

    /// The same store for another tenant, which is created.
    func newTenant(_ name: String, cap: Int = 10, quota: Int64 = 1_000_000, perHour: Int = 1000) async throws -> Self {
        var other = self
        other.tenant = TenantID.random()
        try await store.tenants.put(
            Tenant(id: other.tenant, name: name, quotaBytes: quota, jobsPerHour: perHour, runningCap: cap)
        )
        return other
    }

    // MARK: Time

    /// Sets the database's clock to `seconds` after a fixed start. It stands still from then on.
    func setClock(seconds: Double) async throws {
        let microseconds = 1_750_000_000_000_000 + Int64(seconds * 1_000_000)
        try await database.owner.executeScript(
            """
            CREATE OR REPLACE FUNCTION packaging.now() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE
            AS $$SELECT timestamptz 'epoch' + \(microseconds) * interval '1 microsecond'$$
            """
        )
    }

    // MARK: Books

    /// Imports a book: a list of chapters, each a title and its segments.
    @discardableResult
    func importBook(
        _ chapters: [(String, [SegmentRow])],
        slug: String = "book",
        title: String = "A Book"
    ) async throws
        -> ImportResult
    {
        let header = ImportHeader(slug: slug, metadata: BookMetadata(title: title))
        let id = try await store.projects.beginImport(header, tenant: tenant)
        for (number, chapter) in chapters.enumerated() {
            let page = ImportPage(
                chapters: [ImportPage.Chapter(number: number + 1, title: chapter.0, kind: .chapter)],
                segments: chapter.1.enumerated().map { position, segment in
                    ImportPage.Segment(
                        chapter: number + 1,
                        position: position + 1,
                        text: segment.text,
                        audio: segment.audio.map(digest)
                    )
                }
            )
            try await store.projects.append(page, to: id, tenant: tenant)
        }
        return try await store.projects.commitImport(id, tenant: tenant)
    }

    /// A project to package.
    func project(_ slug: String = "book") async throws -> ProjectID {
        try await importBook([("One", [SegmentRow("a")])], slug: slug).project
    }

    func snapshot(_ project: ProjectID) async throws -> BookSnapshot {
        guard let book = try await store.projects.snapshot(of: project, tenant: tenant) else {
            throw PackagingError(.notFound, "no book")
        }
        return book
    }

    // MARK: Jobs

    @discardableResult
    func submit(_ project: ProjectID, _ platforms: [Platform] = [.google]) async throws -> CreatedBatch {
        try await jobs.create(NewBatch(project: project, platforms: platforms), tenant: tenant)
    }

    /// Submits one job for a new project and claims it.
    func running(_ slug: String = "book") async throws -> Claim {
        try await submit(try await project(slug))
        return try await claimOne()
    }

    func claimOne() async throws -> Claim {
        guard let claim = try await jobs.claim(owner: .random(), limit: 1).first else {
            throw PackagingError(.notFound, "nothing is due")
        }
        return claim
    }

    func job(_ id: JobID) async throws -> PackagingJob {
        guard let job = try await jobs.job(id, tenant: tenant) else { throw PackagingError(.notFound, "no job") }
        return job
    }

    func events(_ project: ProjectID) async throws -> [JobEvent] {
        let batches = Set(try await jobs.jobs(project: project, limit: 1000, tenant: tenant).elements.map(\.batch))
        var events: [JobEvent] = []
        for batch in batches { events += try await store.events.events(of: .batch(batch), tenant: tenant) }
        return events.sorted { $0.sequence < $1.sequence }
    }

    func package(bytes: Int64 = 1000, _ content: String = "package") -> NewPackage {
        NewPackage(
            format: .zipMP3,
            fileName: "book.zip",
            durationSamples: 44_100,
            audioSpec: AudioSpec(codec: .mp3, bitRate: 256_000),
            content: .stored(bytes: bytes, sha256: digest(content))
        )
    }

    /// Records the audio that segments name `name`.
    @discardableResult
    func record(_ name: String, _ project: ProjectID) async throws -> Int {
        try await store.audio.record(StoredAudio(audio: audio(name)), project: project, tenant: tenant)
    }
}

/// A segment of a test's book.
struct SegmentRow {
    let text: String
    let audio: String?

    init(_ text: String, audio: String? = nil) {
        self.text = text
        self.audio = audio
    }
}

/// A digest that stands for `name`.
func digest(_ name: String) -> Digest {
    let bytes = Array(name.utf8) + Array(repeating: 0, count: 32)
    guard let digest = Digest(bytes: bytes.prefix(32)) else { fatalError("32 bytes are a digest") }
    return digest
}

/// Measured audio whose digest stands for `name`.
func audio(_ name: String) -> MeasuredAudio {
    MeasuredAudio(
        digest: digest(name),
        bytes: 4096,
        measurement: AudioMeasurement(
            format: "wav/pcm_s16le",
            sourceSampleRate: 48_000,
            sourceChannels: 2,
            samples: 44_100,
            peak: 0.5,
            energy: 12.25,
            quietestMeanSquare: 1e-9,
            warnings: ["odd"]
        ),
        location: BlobLocation(container: "t-audio", path: "segments/\(name)")
    )
}
