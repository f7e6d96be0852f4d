import DatabaseTestSupport
import Foundation
import Model
import Postgres
import Synchronization
import TestSupport
import Testing

/// Stalls of all lengths around the lease, for one of two daemons at a time, while one job is at work.
@Suite("Stalls around the length of the lease", .timeLimit(.minutes(30)))
struct OneWorkerFaults {
    /// A lease as short as it may be, so that every part of it is as short as it can be.
    private static let lease = 2

    /// What one stall did.
    private struct Stall {
        var victimHeldTheJob: Bool
        var length: Duration
        var direction: StallingProxy.Direction
        var held: StallingProxy.Held
    }

    @Test("never do two workers live for one job, and no job is lost, doubled or failed")
    func oneWorker() async throws {
        let seed = Faults.seed()
        let count = Faults.isFull ? 60 : 8
        try await Pair.with(lease: Self.lease) { pair in
            var random = SeededGenerator(seed: seed)
            var jobs: [(title: String, id: String)] = []
            var stalls: [Stall] = []
            for _ in 0..<count {
                // One job at a time: all workers are workers of this job. It may end, or be past its last worker, at any
                // moment; then the next one begins.
                var holder = try await holder(of: jobs.last?.id, pair)
                while holder == nil {
                    let title = "Long\(jobs.count + 1)"
                    jobs.append((title, try await pair.startJob(title, chapters: 8, tone: 300 + 100 * jobs.count)))
                    holder = try await self.holder(of: jobs.last?.id, pair)
                }
                // A stall may begin at any moment of the work and of the beats.
                try await Task.sleep(for: .milliseconds(Int.random(in: 200...2000, using: &random)))
                let isHolder = Int.random(in: 0..<5, using: &random) > 0
                let name = try #require(holder)
                let victim = isHolder ? try pair.member(name) : try pair.other(than: name)
                let directions: [StallingProxy.Direction] = [.both, .both, .both, .toServer, .toClient]
                let direction = directions.randomElement(using: &random) ?? .both
                let length = Duration.milliseconds(Int.random(in: 500...6000, using: &random))
                victim.proxy.stall(direction)
                try await Task.sleep(for: length)
                let held = victim.proxy.resume()
                stalls.append(Stall(victimHeldTheJob: isHolder, length: length, direction: direction, held: held))
            }
            // The rest of the last job is no part of the campaign, and a busy machine may be slow.
            try await pair.owner.execute("UPDATE packaging.queue_settings SET lease_seconds = 15")
            for job in jobs { try await pair.wait("the end of job \(job.title)", for: job.id) { $0.isOver } }
            for job in jobs { try await pair.checkEnd(of: job.id, job.title) }
            try await report(stalls, jobs.map(\.id), pair, seed)
        }
    }

    /// The name of the daemon whose worker lives for the job, as soon as there is one; nil if the job is over, or if there is
    /// none yet.
    private func holder(of job: String?, _ pair: Pair) async throws -> String? {
        guard let job else { return nil }
        return try await within(.seconds(600), "a worker for job \(job), or the job's end") {
            while true {
                if let worker = pair.watch.living.last { return worker.daemon }
                if try await pair.row(job).isOver { return nil }
                try await Task.sleep(for: .milliseconds(10))
            }
        }
    }

    /// Prints the counts, and checks that the faults happened: that stalls met something, and that those of the holder
    /// which outlasted the trust cost attempts.
    private func report(_ stalls: [Stall], _ jobs: [String], _ pair: Pair, _ seed: UInt64) async throws {
        var outcomes: [String: Int] = [:]
        for job in jobs { for outcome in try await pair.row(job).attempts { outcomes[outcome, default: 0] += 1 } }
        let long = stalls.filter { $0.victimHeldTheJob && $0.length > .seconds(Self.lease) }
        let workers = pair.watch.workers
        Faults.report(
            "one worker",
            seed: seed,
            [
                "stalls": stalls.count, "that held something back": stalls.count { !$0.held.isEmpty },
                "of the holder": stalls.count { $0.victimHeldTheJob },
                "of the holder and longer than the lease": long.count,
                "one-way": stalls.count { $0.direction != .both },
                "bytes held back": stalls.reduce(0) { $0 + $1.held.toServer + $1.held.toClient },
                "connections held back": stalls.reduce(0) { $0 + $1.held.connections },
                "jobs": jobs.count,
                "attempts by outcome": outcomes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" },
                "workers": ["a", "b"].map { name in workers.count { $0.daemon == name } },
                "two workers at once": pair.watch.meetings.count,
            ]
        )
        #expect(stalls.count { !$0.held.isEmpty } >= stalls.count * 9 / 10)
        #expect(outcomes["returned", default: 0] >= long.count / 2, "the stalls cost no attempts")
        #expect(Set(workers.map(\.daemon)).count == 2, "one daemon did all the work")
        #expect(outcomes["lost", default: 0] == 0, "\(outcomes)")
    }
}
