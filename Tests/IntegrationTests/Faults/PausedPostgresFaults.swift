import DatabaseTestSupport
import Foundation
import Logging
import Model
import Postgres
import Testing

@Suite("A Postgres whose processes all stand still", .timeLimit(.minutes(10)))
struct PausedPostgresFaults {
    @Test("both daemons say so within a third of the lease, stop their work in time, and go on by themselves")
    func paused() async throws {
        let lease = 9
        try await PausableServer.with { server in
            let owner = PostgresClient(
                configuration: server.owner,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
            do {
                let url = server.owner.url
                try await Pair.with(lease: lease, url: url, socketFolder: server.socketFolder, owner: owner) { pair in
                    let job = try await pair.startJob(chapters: 18)
                    let holder = try pair.member(try await pair.watch.holder())
                    // A lease only grows, so it ends no earlier than it says now.
                    let before = try await pair.row(job)
                    let leaseEnd = try #require(before.leaseUntil)
                    #expect(server.pause() > 4, "the connections of two daemons have a process each")
                    let begin = Instant.now

                    for member in pair.members {
                        let told = try await member.daemon.waitForLog("not serving", since: begin)
                        #expect(told - begin <= .seconds(lease) / 3)
                    }
                    let stopped = try await pair.watch.end(ofWorkersOf: holder.name)
                    #expect(stopped < leaseEnd)
                    // Callers are told what is away, and do not wait as long as a statement may take.
                    let call = try await holder.daemon.packctl("projects", "--json")
                    #expect(call.status == 6 && call.errors.contains("DATABASE_UNAVAILABLE"), "\(call.errors)")
                    #expect(call.errors.contains("packctl health"), "\(call.errors)")
                    // The pause outlasts the lease.
                    try await Task.sleep(for: .seconds(lease) - (Instant.now - begin))
                    #expect(pair.watch.living.isEmpty)

                    let end = Instant.now
                    server.resume()
                    for member in pair.members { _ = try await member.daemon.waitForLog("serving again", since: end) }
                    try await pair.wait("the end of the job", for: job) { $0.isOver }
                    try await pair.checkEnd(of: job)
                    Faults.report(
                        "paused Postgres",
                        [
                            "lease": lease, "paused for": end - begin,
                            "stopped before the lease's end": leaseEnd - stopped,
                        ]
                    )
                }
            } catch {
                await owner.close()
                throw error
            }
            await owner.close()
        }
    }
}
