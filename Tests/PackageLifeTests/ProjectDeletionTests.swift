import Blobs
import DatabaseTestSupport
import Housekeeping
import Model
import Postgres
import Services
import Store
import Testing

@Suite("Deleting projects")
struct ProjectDeletionTests {
    private func service(_ life: PackageLife) -> ProjectService {
        ProjectService(projects: life.store.projects, audio: life.store.audio)
    }

    /// The number of rows in each table that belong to projects.
    private func rows(_ life: PackageLife) async throws -> [String: Int] {
        let settings = [("packaging.tenant", life.tenant.description)]
        let tables = try await life.database.app.query(
            """
            SELECT relname FROM pg_class WHERE relnamespace = 'packaging'::regnamespace AND relkind = 'r'
                AND relname NOT IN (
                    'queue_settings', 'schema_functions', 'schema_migrations', 'tenants', 'tenant_sched', 'tenant_usage',
                    'objects', 'blob_removals', 'access_versions', 'audit'
                )
            """
        )
        var counts: [String: Int] = [:]
        for table in try tables.map({ try $0.decode(String.self, "relname") }) {
            let rows = try await life.database.app.query(
                SQL(unescaped: "SELECT count(*) AS rows FROM packaging.\(table)"),
                settings: settings
            )
            counts[table] = try rows.first?.decode(Int.self, "rows")
        }
        return counts.filter { $0.value > 0 }
    }

    @Test("a deleted project leaves no row behind, and in the end no byte")
    func leavesNothing() async throws {
        try await PackageLife.with { life in
            let project = try await life.project(audio: ["one", "three"], cover: "cover")
            for name in ["one", "three"] { try await life.record(name, for: project) }
            try await life.recordCover("cover", for: project)
            let google = try await life.package(project, .google)
            let spotify = try await life.package(project, .spotify, sharing: google)
            _ = try await life.service.archive(spotify.description, days: 7, tenant: life.tenant)
            let request = NewBatch.Request(id: "request", digest: digest([1]))
            let batch = NewBatch(project: project, platforms: [.kobo], request: request)
            _ = try await life.store.jobs.create(batch, tenant: life.tenant)
            let dead = try #require(try await life.store.jobs.claim(owner: .random(), limit: 1).first)
            try await life.put([1, 2], at: dead.location)
            #expect(try await life.store.jobs.giveUp(dead, .failed("bad")) == .failed)
            #expect(try await rows(life).count > 10)

            let deleted = try await service(life).delete("book", tenant: life.tenant)
            #expect((deleted.packages, deleted.bytesFreed) == (2, 7 + 3 + 5 + 5))
            #expect(try await rows(life) == [:])
            #expect(try await life.used == 0)
            #expect(try await life.faults() == [])

            await life.keepHouse()
            #expect(try life.files().filter { !$0.hasPrefix("audio/") }.count == 1, "only what the dead try left")
            try await life.setClock(seconds: 600)
            await life.keepHouse()
            #expect(try life.files().count == 1)
            try await life.setClock(seconds: 900)
            await life.keepHouse()
            #expect(try life.files() == [])
            // The daemon of the dead attempt was only paused.
            try await life.put([1, 2], at: dead.location)
            try await life.setClock(seconds: 900 + PackageLife.day)
            await life.keepHouse()
            #expect(try life.files() == [])

            let error = await #expect(throws: PackagingError.self) {
                try await service(life).delete("book", tenant: life.tenant)
            }
            #expect(error?.code == .notFound)
        }
    }

    @Test("audio and a cover that another project uses stay, and are removed with the last project")
    func shared() async throws {
        try await PackageLife.with { life in
            let first = try await life.project("first", audio: ["own", "shared"], cover: "cover")
            try await life.record("own", for: first)
            try await life.record("shared", for: first)
            try await life.recordCover("cover", for: first)
            let second = try await life.project("second", audio: ["shared"], cover: "cover")
            try await life.recordCover("cover", for: second)

            #expect(try await service(life).delete("first", tenant: life.tenant).bytesFreed == 3)
            try await life.setClock(seconds: PackageLife.day)
            await life.keepHouse()
            #expect(try life.files().count == 2)
            #expect(try await life.faults() == [])
            #expect(try await service(life).delete("second", tenant: life.tenant).bytesFreed == 6 + 5)
            try await life.setClock(seconds: 2 * PackageLife.day)
            await life.keepHouse()
            #expect(try life.files() == [])
        }
    }

    @Test("a project with unfinished jobs is not deleted, and the error names the jobs and how to stop them")
    func liveJobs() async throws {
        try await PackageLife.with { life in
            let project = try await life.project()
            let claim = try await life.claim(project)
            let before = try await rows(life)
            let error = await #expect(throws: PackagingError.self) {
                try await service(life).delete("book", tenant: life.tenant)
            }
            #expect(error?.code == .failedPrecondition && error?.reason == "JOBS_LIVE")
            #expect(error?.message == "cannot delete project \"book\": 1 of its jobs is not done")
            #expect(error?.detail == "Not done: \(claim.job) (google).")
            #expect(error?.hint?.contains("packctl cancel") == true)
            #expect(try await rows(life) == before)

            #expect(try await life.store.jobs.giveUp(claim, .failed("bad")) == .failed)
            _ = try await service(life).delete("book", tenant: life.tenant)
            #expect(try await rows(life) == [:])
        }
    }

    @Test("a project whose job is being claimed right now is refused at once, without waiting for the claim's locks")
    func claimUnderWay() async throws {
        try await PackageLife.with { life in
            let project = try await life.project()
            let batch = NewBatch(project: project, platforms: [.google])
            _ = try await life.store.jobs.create(batch, tenant: life.tenant)
            // A claim locks its job and shares a lock on the job's batch until it commits. A deletion that locked the
            // batch first and then waited for the job would cause a deadlock.
            try await life.database.owner.withTransaction { transaction in
                let claimed = try await transaction.query("SELECT FROM packaging.claim(gen_random_uuid(), 5)")
                try #require(claimed.count == 1)
                let error = await #expect(throws: PackagingError.self) {
                    try await service(life).delete("book", tenant: life.tenant)
                }
                #expect(error?.reason == "JOBS_LIVE", "\(String(describing: error))")
            }
        }
    }

    @Test("audio that is wanted again before its removal stays, and is not accepted while it is being removed")
    func wantedAgain() async throws {
        try await PackageLife.with { life in
            try await life.record("audio", for: try await life.project("first", audio: ["audio"]))
            _ = try await service(life).delete("first", tenant: life.tenant)
            try await life.record("audio", for: try await life.project("second", audio: ["audio"]))
            try await life.setClock(seconds: 600)
            await life.keepHouse()
            #expect(try life.files().count == 1)
            #expect(try await life.faults() == [])

            _ = try await service(life).delete("second", tenant: life.tenant)
            try await life.setClock(seconds: 1200)
            let removals = try await life.store.packages.claimRemovals()
            #expect(removals.count == 1)
            let third = try await life.project("third", audio: ["audio"])
            let error = await #expect(throws: PackagingError.self) { try await life.record("audio", for: third) }
            #expect(error?.code == .unavailable)
            for removal in removals {
                try await life.blobs.delete(removal.location)
                try await life.store.packages.finish(removal)
            }
            try await life.record("audio", for: third)
            await life.keepHouse()
            #expect(try await life.faults() == [])
        }
    }

    @Test("audio that a job may still read is removed when the job has ended")
    func jobsFirst() async throws {
        try await PackageLife.with { life in
            let other = try await life.project("other")
            let claim = try await life.claim(other)
            try await life.record("audio", for: try await life.project("book", audio: ["audio"]))
            _ = try await service(life).delete("book", tenant: life.tenant)
            try await life.setClock(seconds: 700)
            _ = try await life.store.jobs.beat([(claim, JobProgress(percent: 1, step: ""))])
            await life.keepHouse()
            #expect(try life.files().count == 1)
            #expect(try await life.store.jobs.giveUp(claim, .failed("bad")) == .failed)
            // A job that is started later cannot know of the deleted audio.
            _ = try await life.claim(other)
            await life.keepHouse()
            #expect(try life.files() == [])
        }
    }

    @Test("a cover that was replaced by a new one is removed")
    func replacedCover() async throws {
        try await PackageLife.with { life in
            try await life.recordCover("old", for: try await life.project(cover: "old"))
            try await life.recordCover("new", for: try await life.project(cover: "new"))
            try await life.setClock(seconds: 600)
            await life.keepHouse()
            #expect(try life.files().count == 1)
            #expect(try await life.faults() == [])
        }
    }

    @Test("audio that only one project ever used is removed with it, even if the book no longer names it")
    func usedOnce() async throws {
        try await PackageLife.with { life in
            let first = try await life.project("first", audio: ["old", "shared"])
            for name in ["old", "shared"] { try await life.record(name, for: first) }
            let second = try await life.project("second", audio: ["shared"])
            try await life.record("shared", for: second)
            // Both books get other audio. The audio that they had stays cached.
            for slug in ["first", "second"] { _ = try await life.project(slug, audio: ["new"]) }
            for project in [first, second] { try await life.record("new", for: project) }
            try await life.setClock(seconds: PackageLife.day)
            await life.keepHouse()
            #expect(try life.files().count == 3)

            #expect(try await service(life).delete("first", tenant: life.tenant).bytesFreed == 3)
            try await life.setClock(seconds: 2 * PackageLife.day)
            await life.keepHouse()
            #expect(try life.files().count == 2)
            _ = try await service(life).delete("second", tenant: life.tenant)
            try await life.setClock(seconds: 3 * PackageLife.day)
            await life.keepHouse()
            #expect(try life.files() == [])
            #expect(try await life.unfinished() == 0)
        }
    }

    @Test("audio that was registered where it lies is forgotten, and its file stays with its owner")
    func registered() async throws {
        try await PackageLife.with { life in
            let project = try await life.project(audio: ["audio"])
            let place = BlobLocation(container: TenantContainers.audio(of: life.tenant), path: "cache/1.wav")
            try await life.record("audio", for: project, at: place)
            #expect(try await service(life).delete("book", tenant: life.tenant).bytesFreed == 0)
            try await life.setClock(seconds: PackageLife.day)
            await life.keepHouse()
            #expect(try life.files() == ["audio/cache/1.wav"])
            #expect(try await rows(life) == [:])
        }
    }

    @Test("books with equal audio and cover that come and go at once never lose bytes that one of them names")
    func atOnce() async throws {
        try await PackageLife.with { life in
            for round in 0..<5 {
                let (audio, cover) = ("audio \(round)", "cover \(round)")
                let first = try await life.project("first-\(round)", audio: [audio], cover: cover)
                try await life.record(audio, for: first)
                try await life.recordCover(cover, for: first)
                try await withThrowingTaskGroup { group in
                    group.addTask { _ = try await service(life).delete("first-\(round)", tenant: life.tenant) }
                    for number in 0..<3 {
                        group.addTask {
                            // A caller that is told that something changed meanwhile attempts it again.
                            try await repeating {
                                let slug = "book-\(round)-\(number)"
                                let project = try await life.project(slug, audio: [audio], cover: cover)
                                try await life.record(audio, for: project)
                                try await life.recordCover(cover, for: project)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(try await life.faults() == [])
                try await life.setClock(seconds: Double(round + 1) * PackageLife.day)
                await life.keepHouse()
                #expect(try await life.faults() == [])
                #expect(try life.files().count == 2 * (round + 1))
            }
        }
    }

    private func repeating(_ body: () async throws -> Void) async throws {
        while true {
            do {
                return try await body()
            } catch let error as PackagingError where error.code == .aborted || error.code == .unavailable {
                continue
            }
        }
    }
}
