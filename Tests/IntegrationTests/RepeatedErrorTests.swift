import Foundation
import Model
import PackagingClient
import PackagingMessages
import Protobuf
import Testing

@Suite("A long outage in the log of a daemon")
struct RepeatedErrorTests {
    @Test("equal errors are few lines and a count, every call that failed is found by its id, and other lines stay")
    func limited() async throws {
        try await withFolder { folder in
            let daemon = try await Daemon.start(state: folder + "/state")
            let control = daemon.state + "/postgres/data/global/pg_control"
            try FileManager.default.moveItem(atPath: control, toPath: control + ".away")
            let lock = try String(contentsOfFile: daemon.state + "/postgres/data/postmaster.pid", encoding: .utf8)
            kill(try #require(lock.split(separator: "\n").first.flatMap { pid_t($0) }), SIGKILL)
            try await within(.seconds(600), "the loss of the database") {
                while try await daemon.packctl("health").status == 0 { try await Task.sleep(for: .milliseconds(50)) }
            }

            let address = try PackagingAddress.parse(daemon.address)
            let ids = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<60 {
                    group.addTask {
                        try await PackagingClient.withConnection(to: address) { client in
                            let error = await #expect(throws: PackagingError.self) {
                                try await client.listProjects(ListProjectsRequest())
                            }
                            #expect(error?.code == .unavailable)
                            return error?.metadata["callID"]
                        }
                    }
                }
                var ids: [String] = []
                for try await id in group { ids += [id].compactMap(\.self) }
                return ids
            }
            try #require(Set(ids).count == 60, "the fault: 60 calls failed")

            try FileManager.default.moveItem(atPath: control + ".away", toPath: control)
            try await daemon.serves()
            try await daemon.stop()
            let log = daemon.log
            // They may have two or three texts, by the moment at which the database was lost.
            let failed = log.components(separatedBy: ": call failed ").count - 1
            #expect(failed >= 1 && failed <= 20, "\(failed) lines")
            #expect(log.contains(": left out equal lines error="), "\(log)")
            // The first fifty ids of a period are kept.
            let found = ids.filter(log.contains)
            #expect(found.count >= 50, "\(found.count) of \(ids.count)")
            #expect(log.contains("notice packagingd: serving again"), "\(log)")
            #expect(log.contains("notice packagingd: the private Postgres runs again"), "\(log)")
        }
    }
}
