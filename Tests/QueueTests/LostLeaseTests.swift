import Concurrency
import Foundation
import Model
import Synchronization
import Testing

@testable import Queue

@Suite("A lease that is lost while the database is away", .timeLimit(.minutes(5)))
struct LostLeaseTests {
    /// Work that goes on until it is cancelled.
    private struct Endless: JobWork {
        var asked: @Sendable () -> Void = {}
        var progress: JobProgress {
            asked()
            return JobProgress(percent: 1, step: "working")
        }

        func carryOut(_ attempt: Attempt) async throws -> JobProduct {
            // Several times the longest lease of these tests: work that nobody stops ends then, and the test with it.
            try await Task.sleep(for: .seconds(30))
            throw CancellationError()
        }
        func deletePackage() async throws {}
    }

    /// When something happened; nil for not yet.
    private final class Moment: Sendable {
        private let moment = Mutex<ContinuousClock.Instant?>(nil)

        var time: ContinuousClock.Instant? { moment.withLock { $0 } }

        func happens() { moment.withLock { $0 = $0 ?? ContinuousClock().now } }
    }

    /// Runs a batch of jobs with these leases, and returns how long after `sent` its shared work was stopped.
    ///
    /// - Parameter busy: Whether the threads that tasks share have no time for anything meanwhile.
    private func run(leases: [Duration], sent: ContinuousClock.Instant, busy: Bool = false) async throws -> Duration {
        let stopped = Moment()
        let table = tableWithoutDatabase {
            Issue.record("the daemon looked at its health")
            return nil
        }
        let claims = leases.enumerated().map { testClaim($0.offset + 1, lease: $0.element) }
        let batch = try #require(ClaimedBatch(claims, sent: sent, table: table))
        batch.whenNoneLives { stopped.happens() }
        await withTaskGroup { group in
            group.addTask { await table.leases.run() }
            await withDiscardingTaskGroup { jobs in
                // The second beat asks for the progress again: by then everything runs.
                let (beats, beat) = AsyncStream<Void>.makeStream()
                for attempt in batch.attempts {
                    jobs.addTask { _ = await attempt.run(Endless { beat.yield() }) }
                }
                guard busy else { return }
                var heard = beats.makeAsyncIterator()
                for _ in 0..<2 { await heard.next() }
                // As many tasks as there are threads, none of which gives its thread away before the work is stopped.
                for _ in 0..<ProcessInfo.processInfo.activeProcessorCount * 2 {
                    jobs.addTask {
                        while stopped.time == nil, ContinuousClock().now < sent + .seconds(20) {}
                    }
                }
            }
            group.cancelAll()
        }
        return try #require(stopped.time) - sent
    }

    @Test("the batch's work stops by this machine's clock, long enough before the lease ends")
    func stopsFirst() async throws {
        let time = try await run(leases: [.seconds(6)], sent: ContinuousClock().now)
        #expect(time >= .seconds(4))
        #expect(time < .seconds(6))
    }

    @Test("it does so even if no thread is free for other tasks")
    func stopsWhenBusy() async throws {
        let time = try await run(leases: [.seconds(3)], sent: ContinuousClock().now, busy: true)
        #expect(time >= .seconds(2))
        #expect(time < .seconds(3))
    }

    @Test("the batch's work goes on until the last job has lost its lease")
    func lastOne() async throws {
        let time = try await run(leases: [.seconds(1), .seconds(4)], sent: ContinuousClock().now)
        #expect(time >= .milliseconds(2660))
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

    @Test("nothing is written for the job, so that no other daemon begins, before the stopped work has ended")
    func endsFirst() async throws {
        final class Order: Sendable { let events = Mutex<[String]>([]) }
        let order = Order()
        let table = tableWithoutDatabase { nil }
        let batch = try #require(
            ClaimedBatch([testClaim(1, lease: .seconds(1))], sent: ContinuousClock().now, table: table)
        )
        batch.whenNoneLives {
        } ended: {
            // The database is away: what is written for the job fails at once.
            for _ in 0..<1000 { await Task.yield() }
            order.events.withLock { $0.append("ended") }
        }
        await withTaskGroup { group in
            group.addTask { await table.leases.run() }
            for attempt in batch.attempts { _ = await attempt.run(Endless()) }
            order.events.withLock { $0.append("concluded") }
            group.cancelAll()
        }
        #expect(order.events.withLock { $0 } == ["ended", "concluded"])
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
