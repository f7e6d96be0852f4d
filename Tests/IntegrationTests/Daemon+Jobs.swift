import Foundation
import Model
import PackagingClient
import Testing
import Wire

extension Daemon {
    /// Imports a ``LongBook`` and starts a job for it.
    func startLongJob(chapters: Int, in folder: String) async throws -> String {
        try await LongBook.write(to: folder + "/book", chapters: chapters)
        let imported = try await packctl("import", folder + "/book")
        try #require(imported.status == 0, "\(imported.errors)")
        let created = try await json("create", "long", "--platform", "google")
        return try #require((created["jobIds"] as? [String: String])?["google"])
    }

    /// Returns when a daemon encodes for the `attempt`th try of a job: told by the job's own events, so that what is
    /// done next is done while the job is being worked on.
    func encodes(_ job: String, attempt: Int = 1) async throws {
        let address = try PackagingAddress.parse(address)
        try await within(.seconds(120), "attempt \(attempt) of job \(job)") {
            try await PackagingClient.withConnection(to: address) { client in
                for try await event in client.events(of: .jobID(job)) where event.attempt >= attempt {
                    try #require(event.attempt == attempt)
                    if event.status == .processing { return }
                }
                Issue.record("the job ended before its attempt \(attempt)")
            }
        }
    }
}
