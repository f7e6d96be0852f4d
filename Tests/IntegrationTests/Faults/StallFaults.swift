import DatabaseTestSupport
import Foundation
import Model
import Testing

/// The time-outs of these tests are the product's own promises, all of which are parts of the lease. So the lease is long
/// where a moment is measured, and short where many must pass.
@Suite("A daemon that is cut off from its database", .timeLimit(.minutes(10)))
struct StallFaults {
    @Test("says so within a third of the lease, stops its work before the lease ends, and another takes over in 2 s")
    func cutOff() async throws {
        let lease = 9
        try await Pair.with(lease: lease) { pair in
            let job = try await pair.startJob(chapters: 18)
            let holder = try pair.member(try await pair.watch.holder())
            // The database answers this connection, which does not go through the proxy.
            holder.proxy.stall()
            let begin = Instant.now
            let row = try await pair.row(job)
            let leaseEnd = try #require(row.leaseUntil)

            let told = try await holder.daemon.waitForLog("not serving", since: begin)
            #expect(told - begin <= .seconds(lease) / 3)
            let stopped = try await pair.watch.end(ofWorkersOf: holder.name)
            #expect(stopped < leaseEnd)
            #expect(stopped - begin >= .seconds(lease) / 6, "the work went on while the lease was certain")
            let again = try await pair.wait("the takeover", for: job) {
                $0.attempt == row.attempt + 1 && !$0.isOver && $0.leaseUntil != nil
            }
            let claimed = try #require(try await pair.claims(of: job).last)
            #expect(claimed - leaseEnd <= .seconds(2))
            #expect(again.losses == 1)

            let end = Instant.now
            let held = holder.proxy.resume()
            #expect(held.toServer > 0)
            _ = try await holder.daemon.waitForLog("serving again", since: end)
            try await lossIsUndone(of: job, pair)
            try await pair.wait("the end of the job", for: job) { $0.isOver }
            try await pair.checkEnd(of: job)
            Faults.report(
                "cut off",
                [
                    "lease": lease, "told after": told - begin, "stopped before the lease's end": leaseEnd - stopped,
                    "taken over after the lease's end": claimed - leaseEnd, "held back": held,
                ]
            )
        }
    }

    /// Waits until a daemon that was cut off has told that it lives. If it does not, the job ends with its loss.
    private func lossIsUndone(of job: String, _ pair: Pair) async throws {
        let row = try await pair.wait("word that the daemon lives", for: job) { $0.losses == 0 || $0.isOver }
        try #require(row.losses == 0, "the job is \(row.status), with \(row.losses) losses of \(row.attempts)")
    }

    @Test("more often than a job may lose a daemon: the job completes, because no daemon died")
    func often() async throws {
        try await Pair.with(lease: 2) { pair in
            let job = try await pair.startJob(chapters: 12)
            for stall in 1...6 {
                let holder = try pair.member(try await pair.watch.holder())
                let before = try await pair.row(job)
                holder.proxy.stall()
                try await pair.wait("takeover \(stall)", for: job) { $0.attempt > before.attempt }
                #expect(holder.proxy.resume().toServer > 0)
                try await lossIsUndone(of: job, pair)
            }
            try await pair.wait("the end of the job", for: job) { $0.isOver }
            try await pair.checkEnd(of: job)
            let attempts = try await pair.row(job).attempts
            #expect(attempts.count { $0 == "returned" } >= 6, "\(attempts)")
        }
    }
}
