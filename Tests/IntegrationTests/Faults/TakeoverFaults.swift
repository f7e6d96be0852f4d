import Foundation
import Model
import Testing

@Suite("A daemon that dies while another one is free", .timeLimit(.minutes(10)))
struct TakeoverFaults {
    @Test("its job is at work elsewhere at most lease + 2 s after kill -9, by the database's own times")
    func taken() async throws {
        let lease = 4
        var times: [Duration] = []
        for _ in 0..<(Faults.isFull ? 6 : 1) {
            try await Pair.with(lease: lease) { pair in
                let job = try await pair.startJob(chapters: 12)
                let holder = try pair.member(try await pair.watch.holder())
                let before = try await pair.row(job)
                let death = Instant.now
                try await holder.daemon.kill()
                try await pair.wait("the takeover", for: job) { $0.attempt > before.attempt }
                let claimed = try #require(try await pair.claims(of: job).last)
                times.append(claimed - death)
                #expect(claimed - death <= .seconds(lease) + .seconds(2))
                // A job that is claimed is at work: its worker starts.
                let survivor = try pair.other(than: holder.name)
                #expect(try await pair.watch.holder() == survivor.name)
                try await pair.wait("the end of the job", for: job) { $0.isOver }
                let row = try await pair.row(job)
                #expect(row.status == "completed")
                #expect(row.attempts == ["lost", "committed"])
                #expect(row.losses == 1, "a daemon that died counts")
                #expect(pair.watch.meetings.isEmpty, "\(pair.watch.meetings)")
            }
        }
        Faults.report("taken over", ["lease": lease, "times": times])
    }
}
