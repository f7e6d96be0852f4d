import DatabaseTestSupport
import Model
import Postgres
import Store
import Testing

@Suite("Fence", .serialized)
struct FenceTests {
    /// Everything that an attempt can write. The test below finds a function of the queue that takes an epoch and is
    /// missing here.
    private static let writes: [(function: String, write: @Sendable (StoreFixture, Claim) async throws -> Bool)] = [
        ("advance", { try await $0.jobs.advance($1, to: .uploading, JobProgress(percent: 99, step: "z")) == nil }),
        ("beat", { try await $0.jobs.beat([($1, JobProgress(percent: 99, step: "z"))]).isEmpty }),
        ("finish", { try await $0.jobs.finish($1, $0.package()) == .notYours }),
        ("finish_with", { try await $0.jobs.finish($1, with: .random()) == .notYours }),
        (
            "freeze_plan",
            { try await $0.jobs.freezePlan("{\"z\": 1}", recipes: [.google: digest("z")], claim: $1) == nil }
        ),
        ("give_up", { try await $0.jobs.giveUp($1, .failed("z")) == nil }),
        ("give_up", { try await $0.jobs.giveUp($1, .retry("z")) == nil }),
        ("give_up", { try await $0.jobs.giveUp($1, .returned) == nil }),
        ("give_up", { try await $0.jobs.giveUp($1, .cancelled) == nil }),
    ]

    /// The rows of all tables that a write could have changed.
    private func state(_ fixture: StoreFixture) async throws -> [String] {
        var state: [String] = []
        let tables = [
            "packaging_jobs", "job_attempts", "job_events", "packages", "objects", "object_chapters", "tenant_usage",
            "batches",
        ]
        for table in tables {
            let rows = try await fixture.database.owner.query(
                SQL(unescaped: "SELECT row_to_json(t)::text AS row FROM packaging.\(table) AS t ORDER BY 1")
            )
            state += try rows.map { try $0.decode(String.self, "row") }
        }
        return state
    }

    /// All but `undo_loss`, whose test is below.
    @Test("every function that takes an epoch is tested here")
    func complete() async throws {
        try await withStore { fixture in
            let functions = try await fixture.database.owner.query(
                """
                SELECT DISTINCT proname::text AS name FROM pg_proc
                WHERE pronamespace = 'packaging'::regnamespace
                    AND (prosrc LIKE '%p_epoch%' OR prosrc LIKE '%epoch bigint%')
                    AND proname NOT IN ('end_attempt', 'undo_loss')
                ORDER BY 1
                """
            )
            let names = try functions.map { try $0.decode(String.self, "name") }
            #expect(names == Set(Self.writes.map(\.function)).sorted())
        }
    }

    @Test("an attempt that lost its job writes nothing", arguments: 0..<9)
    func stale(write index: Int) async throws {
        let write = Self.writes[index].write
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let stale = try await fixture.running()
            try await fixture.setClock(seconds: 16)
            _ = try await fixture.jobs.sweep()
            var before = try await state(fixture)
            #expect(try await write(fixture, stale), "it wrote to the queued job")
            #expect(try await state(fixture) == before)

            try await fixture.setClock(seconds: 40)
            let current = try await fixture.claimOne()
            // This holds even if the job was asked to stop, an order that the stale attempt would obey.
            _ = try await fixture.jobs.cancel(current.job, tenant: fixture.tenant)
            before = try await state(fixture)
            #expect(try await write(fixture, stale), "it wrote to the next try")
            #expect(try await state(fixture) == before)
            #expect(try await fixture.jobs.giveUp(current, .cancelled) == .cancelled)
        }
    }

    @Test("an attempt that lost its job only undoes the count of its loss, once, and changes nothing else")
    func undoneLoss() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let stale = try await fixture.running()
            try await fixture.setClock(seconds: 16)
            _ = try await fixture.jobs.sweep()
            let current = try await fixture.claimOne()
            let before = try await state(fixture).map {
                $0.replacing("\"crash_count\":1", with: "\"crash_count\":0").replacing("\"lost\"", with: "\"returned\"")
            }
            #expect(try await state(fixture) != before)
            for undone in [true, false] {
                #expect(try await fixture.jobs.giveBack(stale) == undone)
                #expect(try await state(fixture) == before)
            }
            #expect(try await fixture.jobs.finish(current, fixture.package()).isFinished)
        }
    }

    @Test("an attempt that finished and missed the answer gets it again, and makes no second package")
    func finishTwice() async throws {
        try await withStore { fixture in
            let claim = try await fixture.running()
            let first = try await fixture.jobs.finish(claim, fixture.package())
            let before = try await state(fixture)
            #expect(first.isFinished)
            #expect(try await fixture.jobs.finish(claim, fixture.package()) == first)
            #expect(try await state(fixture) == before)
        }
    }

    @Test("a plan is frozen once: the first wins, and nothing can change it afterwards")
    func plan() async throws {
        try await withStore { fixture in
            let project = try await fixture.project()
            try await fixture.submit(project, [.google, .spotify])
            let claims = try await fixture.jobs.claim(owner: .random(), limit: 2)
            let recipes: [Platform: Digest] = [.google: digest("g"), .spotify: digest("s")]
            let first = try await fixture.jobs.freezePlan("{\"b\": 1, \"a\": 0.1}", recipes: recipes, claim: claims[0])
            let second = try await fixture.jobs.freezePlan("{\"c\": 2}", recipes: [:], claim: claims[1])
            #expect(first != nil && first == second)
            #expect(try await fixture.jobs.batch(claims[0].batch, tenant: fixture.tenant)?.finalPlan == first)
            #expect(try await fixture.job(claims[1].job).recipe == digest("s"))
            let error = await #expect(throws: PostgresError.self) {
                try await fixture.database.owner.execute("UPDATE packaging.batches SET final_plan = '{}'")
            }
            #expect(error?.message.contains("it is fixed") == true)
        }
    }

    @Test("a job never goes back to an earlier status while it runs, whether an advance or a beat comes late")
    func order() async throws {
        try await withStore { fixture in
            let claim = try await fixture.running()
            let progress = JobProgress(percent: 1, step: "")
            #expect(try await fixture.jobs.advance(claim, to: .processing, progress) != nil)
            let events = try await fixture.events(claim.project).count
            for status in [JobStatus.downloadingAudio, .generatingAudio] {
                var late = progress
                (late.status, late.percent, late.step) = (status, 50, "late")
                #expect(try await fixture.jobs.advance(claim, to: status, late) != nil)
                #expect(try await fixture.jobs.beat([(claim, late)]).map(\.hasEvent) == [false])
            }
            let job = try await fixture.job(claim.job)
            #expect(job.status == .processing && job.progressPercent == 1 && job.currentStep.isEmpty)
            #expect(try await fixture.events(claim.project).count == events)
            for status in [JobStatus.completed, .queued] {
                await #expect(throws: PackagingError.self) {
                    try await fixture.jobs.advance(claim, to: status, progress)
                }
            }
        }
    }
}
