import Concurrency
import Model
import Synchronization
import Testing

@testable import Queue

@Suite("A lease that is lost while the database is away", .timeLimit(.minutes(5)))
struct LostLeaseTests {
    /// Work that goes on until it is cancelled.
    private struct Endless: JobWork {
        var progress: JobProgress { JobProgress(percent: 1, step: "working") }

        func carryOut(_ attempt: Attempt) async throws -> JobProduct {
            try await Task.sleep(for: .seconds(1 << 20))
            throw CancellationError()
        }
        func deletePackage() async throws {}
    }

    /// Runs a batch of jobs with these leases until its shared work is stopped. Every look at the daemon's health waits
    /// until then, so the test hangs if anything looks before. Returns, for each look, whether the work was stopped.
    private func run(leases: [Duration], sent: ContinuousClock.Instant) async throws -> [Bool] {
        let stopped = Deferred<Void>()
        let isStopped = Mutex(false)
        let stoppedAtLook = Mutex<[Bool]>([])
        let table = tableWithoutDatabase {
            stoppedAtLook.withLock { $0.append(isStopped.withLock { $0 }) }
            try? await stopped.value
            return nil
        }
        let claims = leases.enumerated().map { testClaim($0.offset + 1, lease: $0.element) }
        let batch = try #require(ClaimedBatch(claims, sent: sent, table: table))
        batch.whenNoneLives {
            isStopped.withLock { $0 = true }
            stopped.settle(.success(()))
        }
        await withTaskGroup { group in
            group.addTask { await table.leases.run() }
            await withDiscardingTaskGroup { jobs in
                for attempt in batch.attempts { jobs.addTask { _ = await attempt.run(Endless()) } }
            }
            group.cancelAll()
        }
        #expect(isStopped.withLock { $0 })
        return stoppedAtLook.withLock { $0 }
    }

    @Test("the batch's work stops by this machine's clock before the lease ends, and there is no look before")
    func stopsFirst() async throws {
        let clock = ContinuousClock()
        let start = clock.now
        let looks = try await run(leases: [.seconds(3)], sent: start)
        #expect(looks == [true])
        #expect(clock.now - start >= .seconds(2))
    }

    @Test("the batch's work goes on until the last job has lost its lease")
    func lastOne() async throws {
        let looks = try await run(leases: [.seconds(1), .seconds(4)], sent: ContinuousClock().now)
        #expect(looks.count == 2)
        #expect(looks.last == true)
    }

    @Test("a job is interrupted at once if the answer to its claim came too late")
    func lateClaim() async throws {
        // The keeper of the leases does not run here, so the claim itself has to notice it.
        let clock = ContinuousClock()
        let table = tableWithoutDatabase { nil }
        let lost = Mutex<Interruption?>(nil)
        table.leases.hold(testClaim(1), sent: clock.now - .seconds(40)) {
            JobProgress(percent: 0, step: "")
        } interrupt: { reason in
            lost.withLock { $0 = reason }
        }
        #expect(lost.withLock { $0 } == .leaseLost)
    }

    @Test("work that is begun for a batch after all its jobs have left is stopped at once")
    func stopsLate() throws {
        let batch = try #require(
            ClaimedBatch([testClaim(1)], sent: ContinuousClock().now, table: tableWithoutDatabase { nil })
        )
        batch.leave(testJob(1))
        let stops = Mutex(0)
        batch.whenNoneLives { stops.withLock { $0 += 1 } }
        batch.leave(testJob(1))
        #expect(stops.withLock { $0 } == 1)
    }
}
