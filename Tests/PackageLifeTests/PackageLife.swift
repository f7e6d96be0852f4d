import Blobs
import DatabaseTestSupport
import Files
import Housekeeping
import Logging
import Model
import Postgres
import Services
import Store
import TestSupport
import Testing

import struct Crypto.SHA256

/// A migrated database, made once per process and copied for each test.
private let migrated = DatabaseTemplate("life") { owner in
    _ = try await Migrator(client: owner, logger: Logger(label: "test")).migrate()
}

/// Packages of the local tenant in a real database and a real blob store, with a clock that stands still.
struct PackageLife: Sendable {
    let database: TestDatabase
    let store: Store
    let blobs: FileBlobStore
    let folder: String
    let service: PackageService
    let cleaner: Cleaner
    let tenant = Tenant.localID

    /// Calls `body` with packages of its own, at second 0.
    static func with(_ body: (PackageLife) async throws -> Void) async throws {
        try await withDatabase(migrated) { database in
            try await withTemporaryFolder("blobs") { folder in
                let life = try PackageLife(database, folder: folder.path)
                try await life.setClock(seconds: 0)
                try await body(life)
            }
        }
    }

    private init(_ database: TestDatabase, folder: String) throws {
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        self.database = database
        self.folder = folder
        store = Store(client: database.app)
        blobs = try FileBlobStore(root: folder)
        service = PackageService(
            packages: store.packages,
            projects: store.projects,
            blobs: blobs,
            now: { Self.instant(0) }
        )
        cleaner = Cleaner(store: store, blobs: blobs, probes: "probes", logger: quiet)
    }

    /// The service over another blob store, whose time is `seconds`.
    func service(over blobs: any BlobStore, at seconds: Double) -> PackageService {
        PackageService(packages: store.packages, projects: store.projects, blobs: blobs, now: { Self.instant(seconds) })
    }

    // MARK: Time

    static let day = 86_400.0

    /// Sets the database's clock to `seconds` after a fixed start, plus `microseconds`.
    func setClock(seconds: Double, microseconds: Int64 = 0) async throws {
        let time = Self.instant(seconds).microseconds + microseconds
        try await database.owner.executeScript(
            """
            CREATE OR REPLACE FUNCTION packaging.now() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE
            AS $$SELECT timestamptz 'epoch' + \(time) * interval '1 microsecond'$$
            """
        )
    }

    static func instant(_ seconds: Double) -> Instant {
        Instant(microseconds: 1_750_000_000_000_000 + Int64(seconds * 1_000_000))
    }

    // MARK: Making

    /// Imports a book of one chapter, whose segments have these texts and no audio.
    func project(_ slug: String, texts: [String]) async throws -> ProjectID {
        let header = ImportHeader(slug: slug, metadata: BookMetadata(title: slug))
        let id = try await store.projects.beginImport(header, tenant: tenant)
        let page = ImportPage(
            chapters: [ImportPage.Chapter(number: 1, title: "One", kind: .chapter)],
            segments: texts.enumerated().map { index, text in
                ImportPage.Segment(chapter: 1, position: index + 1, text: text)
            }
        )
        try await store.projects.append(page, to: id, tenant: tenant)
        return try await store.projects.commitImport(id, tenant: tenant).project
    }

    /// Imports a book of one chapter.
    func project(_ slug: String = "book", audio: [String] = [], cover: String? = nil) async throws -> ProjectID {
        let id = try await store.projects.beginImport(
            ImportHeader(
                slug: slug,
                metadata: BookMetadata(title: slug),
                cover: cover.map { digest(Array($0.utf8)) }
            ),
            tenant: tenant
        )
        var page = ImportPage(chapters: [ImportPage.Chapter(number: 1, title: "One", kind: .chapter)])
        for (index, name) in (audio.isEmpty ? [""] : audio).enumerated() {
            page.segments.append(
                ImportPage.Segment(
                    chapter: 1,
                    position: index + 1,
                    text: "a",
                    audio: name.isEmpty ? nil : digest(Array(name.utf8))
                )
            )
        }
        try await store.projects.append(page, to: id, tenant: tenant)
        return try await store.projects.commitImport(id, tenant: tenant).project
    }

    /// Stores the audio for the segments that name it `name`, as an upload does.
    func record(_ name: String, for project: ProjectID, at place: BlobLocation? = nil) async throws {
        try await record(Array(name.utf8), for: project, at: place)
    }

    /// Stores audio, which is told to have a second, for the segments that have its digest.
    func record(_ bytes: [UInt8], for project: ProjectID, at place: BlobLocation? = nil) async throws {
        let location = place ?? TenantContainers.content("segments", digest(bytes), of: tenant)
        do {
            try await put(bytes, at: location)
        } catch let error as BlobError where error.kind == .alreadyExists {}
        let measurement = AudioMeasurement(
            format: "wav/pcm_s16le",
            sourceSampleRate: 44_100,
            sourceChannels: 1,
            samples: 44_100,
            peak: 0.5,
            energy: 1,
            quietestMeanSquare: 1e-9,
            warnings: []
        )
        let audio = MeasuredAudio(
            digest: digest(bytes),
            bytes: bytes.count,
            measurement: measurement,
            location: location
        )
        _ = try await store.audio.record(StoredAudio(audio: audio), project: project, tenant: tenant)
    }

    /// Stores the cover that `project` names `name`, as an upload does.
    func recordCover(_ name: String, for project: ProjectID) async throws {
        let bytes = Array(name.utf8)
        let location = TenantContainers.content("covers", digest(bytes), of: tenant)
        do {
            try await put(bytes, at: location)
        } catch let error as BlobError where error.kind == .alreadyExists {}
        let cover = Cover(digest: digest(bytes), bytes: bytes.count, format: .png, width: 3000, height: 3000)
        let isTaken = try await store.projects.recordCover(
            StoredCover(cover: cover, location: location),
            project: project,
            tenant: tenant
        )
        #expect(isTaken)
    }

    /// Starts a job and claims it.
    func claim(_ project: ProjectID, _ platform: Platform = .google) async throws -> Claim {
        let batch = try await store.jobs.create(
            NewBatch(project: project, platforms: [platform]),
            tenant: tenant
        )
        let claims = try await store.jobs.claim(owner: .random(), limit: 5)
        return try #require(claims.first { $0.job == batch.jobs[platform]?.id })
    }

    func put(_ bytes: [UInt8], at location: BlobLocation) async throws {
        try await blobs.write(to: location) { append in try await append(bytes) }
    }

    /// Makes a package with these bytes, as a job does.
    @discardableResult
    func package(
        _ project: ProjectID,
        _ platform: Platform = .google,
        bytes: [UInt8] = Array("package".utf8)
    ) async throws -> PackageID {
        let claim = try await claim(project, platform)
        try await put(bytes, at: claim.location)
        return try await finish(claim, .stored(bytes: Int64(bytes.count), sha256: digest(bytes)))
    }

    /// Makes a package that shares the bytes of another.
    @discardableResult
    func package(
        _ project: ProjectID,
        _ platform: Platform,
        sharing other: PackageID
    ) async throws -> PackageID {
        try await finish(try await claim(project, platform), .shared(with: other))
    }

    func finish(_ claim: Claim, _ content: NewPackage.Content) async throws -> PackageID {
        let outcome = try await store.jobs.finish(
            claim,
            NewPackage(
                format: .zipMP3,
                fileName: "book.zip",
                durationSamples: 44_100,
                audioSpec: AudioSpec(codec: .mp3, bitRate: 256_000),
                content: content
            )
        )
        guard case .finished(let id, _) = outcome else { throw NotFinished(outcome: outcome) }
        return id
    }

    struct NotFinished: Error {
        let outcome: FinishOutcome
    }

    // MARK: Looking

    /// The package, which must be there.
    func look(_ id: PackageID) async throws -> StoredPackage {
        try #require(try await store.packages.package(id, tenant: tenant))
    }

    func exists(_ id: PackageID) async throws -> Bool {
        try await store.packages.package(id, tenant: tenant) != nil
    }

    var used: Int64 { get async throws { try await store.packages.usage(tenant: tenant).usedBytes } }

    /// The bytes that a caller receives.
    func download(_ id: PackageID) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        try await service.download(id.description, from: 0, tenant: tenant) { _ in
        } receive: { _, piece in
            bytes += piece
        }
        return bytes
    }

    /// Every existing blob, as `container/path`, without the tenant's part of the container's name.
    func files() throws -> [String] {
        func files(_ folder: String) throws -> [String] {
            try FileTree.names(in: folder).flatMap { name in
                let path = folder + "/" + name
                return FileTree.isFile(path) ? [path] : try files(path)
            }
        }
        let root = folder + "/containers/"
        return try files(folder + "/containers").map { String($0.dropFirst(root.count + "t-\(tenant)-".count)) }
    }

    /// Inconsistencies that no sequence of calls may lead to.
    func faults() async throws -> [String] {
        let checks: [(String, SQL)] = [
            (
                "the counter is not the sum of all living objects",
                """
                SELECT u.package_bytes::text AS what FROM packaging.tenant_usage AS u
                WHERE u.package_bytes <> (
                    SELECT COALESCE(sum(o.size_bytes), 0) FROM packaging.objects AS o
                    WHERE o.tenant_id = u.tenant_id AND o.state = 'live'
                )
                """
            ),
            (
                "a package's bytes are given up, or not where it says",
                """
                SELECT p.id::text AS what FROM packaging.packages AS p
                    JOIN packaging.objects AS o ON o.tenant_id = p.tenant_id AND o.id = p.object_id
                WHERE o.state <> 'live' OR (p.blob_container, p.blob_path) <> (o.blob_container, o.blob_path)
                    OR (p.file_size_bytes, p.sha256) <> (o.size_bytes, o.sha256)
                """
            ),
            (
                "an object lives that no package refers to",
                """
                SELECT o.id::text AS what FROM packaging.objects AS o
                WHERE o.state = 'live' AND NOT EXISTS (
                    SELECT FROM packaging.packages AS p WHERE p.tenant_id = o.tenant_id AND p.object_id = o.id
                )
                """
            ),
            (
                "those who share bytes do not all name one root",
                """
                SELECT object_id::text AS what FROM packaging.packages
                GROUP BY object_id
                HAVING count(*) FILTER (WHERE same_as_package_id IS NULL) <> 1
                    OR count(DISTINCT same_as_package_id) > 1
                    OR bool_or(same_as_package_id IS NOT NULL AND same_as_package_id NOT IN (
                        SELECT r.id FROM packaging.packages AS r
                        WHERE r.object_id = packages.object_id AND r.same_as_package_id IS NULL
                    ))
                """
            ),
        ]
        var faults: [String] = []
        for (fault, check) in checks {
            let rows = try await database.app.query(check, settings: [("packaging.tenant", tenant.description)])
            faults += try rows.map { "\(fault): \(try $0.decode(String.self, "what"))" }
        }
        let places = try await database.app.query(
            """
            SELECT blob_container, blob_path, size_bytes FROM packaging.objects WHERE state = 'live'
            UNION SELECT blob_container, blob_path, size_bytes FROM packaging.audio_cache
            UNION SELECT cover_blob_container, cover_blob_path, cover_size_bytes FROM packaging.projects
            WHERE cover_format IS NOT NULL
            """,
            settings: [("packaging.tenant", tenant.description)]
        )
        for row in places {
            let location = BlobLocation(
                container: try row.decode("blob_container"),
                path: try row.decode("blob_path")
            )
            let size = try? await blobs.size(of: location)
            if size != (try row.decode(Int64.self, "size_bytes")) {
                faults.append("bytes that a row names are not there: \(location)")
            }
        }
        return faults
    }

    /// Files that belong to no living object.
    func leftovers() async throws -> [String] {
        let rows = try await database.app.query(
            "SELECT blob_container, blob_path FROM packaging.objects WHERE state = 'live'",
            settings: [("packaging.tenant", tenant.description)]
        )
        let known = Set(
            try rows.map { row in
                let place =
                    "\(try row.decode(String.self, "blob_container"))/\(try row.decode(String.self, "blob_path"))"
                return String(place.dropFirst("t-\(tenant)-".count))
            }
        )
        return try files().filter { !known.contains($0) }
    }

    /// The number of places that are still to be emptied, and of objects that are given up and not yet reported as
    /// deleted.
    func unfinished() async throws -> Int {
        let rows = try await database.app.query(
            """
            SELECT (SELECT count(*) FROM packaging.blob_removals)
                + (SELECT count(*) FROM packaging.objects WHERE state = 'deleting') AS count
            """,
            settings: [("packaging.tenant", tenant.description)]
        )
        return try rows.first?.decode(Int.self, "count") ?? 0
    }

    /// Runs the cleaner until it finds nothing to do.
    func keepHouse() async {
        while await !cleaner.round().isIdle {}
    }
}

func digest(_ bytes: [UInt8]) -> Model.Digest {
    guard let digest = Model.Digest(bytes: SHA256.hash(data: bytes)) else { fatalError("SHA-256 has 32 bytes") }
    return digest
}
