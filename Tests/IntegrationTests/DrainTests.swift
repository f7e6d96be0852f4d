import Foundation
import Model
import PackagingClient
import PackagingMessages
import Testing

@Suite("A daemon that drains")
struct DrainTests {
    /// Begins to import a book, and runs `body` while the daemon waits for the rest of the book.
    private static func importing(
        _ client: PackagingClient,
        _ body: () async throws -> Void
    ) async throws -> ImportProjectReply {
        var failure: (any Error)?
        let reply = try await client.importProject { writer throws(PackagingError) in
            let metadata = PackagingMessages.BookMetadata(title: "Held Up", authors: ["A. Tester"], language: "en")
            try await writer.write(ImportProjectRequest(item: .header(ImportHeader(metadata: metadata))))
            // The daemon takes frames in order, so this answer shows that the import has begun.
            _ = try await client.check(HealthCheckRequest())
            do { try await body() } catch { failure = error }
            try await writer.write(ImportProjectRequest(item: .chapter(ImportChapter(title: "One"))))
            try await writer.write(ImportProjectRequest(item: .segment(ImportSegment(text: "At last."))))
        }
        if let failure { throw failure }
        return reply
    }

    @Test("a watcher of its health learns of the stop, a running call is answered, and new calls are turned away")
    func drains() async throws {
        try await withFolder { folder in
            let daemon = try await Daemon.start(state: folder + "/state")
            let address = try PackagingAddress.parse(daemon.address)
            try await PackagingClient.withConnection(to: address) { client in
                var health = try await client.watch(HealthCheckRequest()).makeAsyncIterator()
                #expect(try await health.next()?.status == .serving)
                let reply = try await Self.importing(client) {
                    kill(daemon.pid, SIGTERM)
                    let stopping = try await health.next()
                    #expect(stopping?.status == .notServing)
                    #expect(stopping?.reason == "SERVER_STOPPING")
                    #expect(try await health.next() == nil)
                    let late = await #expect(throws: PackagingError.self) {
                        try await client.check(HealthCheckRequest())
                    }
                    #expect(late?.code == .unavailable)
                    #expect(late?.reason == "SERVER_STOPPING" && late?.retryAfter != nil)
                    let stranger = await #expect(throws: PackagingError.self) {
                        try await PackagingClient.withConnection(to: address) { stranger in
                            _ = try await stranger.check(HealthCheckRequest())
                        }
                    }
                    #expect(stranger?.code == .unavailable)
                }
                #expect(reply.segments == 1)
            }
            try await daemon.waitForEnd()
            #expect(daemon.log.contains("packagingd: stopping signal=SIGTERM"), "\(daemon.log)")
        }
    }

    @Test("a second order to stop ends it at once, even during a call, and the daemon can be started again")
    func twice() async throws {
        try await withFolder { folder in
            let daemon = try await Daemon.start(state: folder + "/state")
            let address = try PackagingAddress.parse(daemon.address)
            try await PackagingClient.withConnection(to: address) { client in
                var health = try await client.watch(HealthCheckRequest()).makeAsyncIterator()
                _ = try await health.next()
                // This call would delay the stop by half a minute.
                await #expect(throws: PackagingError.self) {
                    _ = try await Self.importing(client) {
                        kill(daemon.pid, SIGTERM)
                        // The daemon has received the first signal by now, so that the second one counts as another.
                        _ = try await health.next()
                        kill(daemon.pid, SIGTERM)
                        try await within(.seconds(120), "the end of packagingd") {
                            while daemon.isRunning { try await Task.sleep(for: .milliseconds(5)) }
                        }
                    }
                }
            }
            #expect(daemon.log.contains("told to stop twice: ending at once"), "\(daemon.log)")
            #expect(!daemon.log.contains("packagingd: stopped"))
            let next = try await Daemon.start(state: folder + "/state")
            try await next.stop()
        }
    }
}
