import Foundation
import Testing

@Suite("The validation step")
struct ValidationStepTests {
    @Test("a job reports that it validates its package, whether it has just made the package or reuses it")
    func told() async throws {
        try await withDaemon { daemon, folder in
            _ = try await BurstBook.write(to: folder + "/book", chapters: 1)
            try #require(try await daemon.packctl("import", folder + "/book").status == 0)
            let made = try await daemon.packctl("create", "bursts", "--platform", "google", "--watch")
            try #require(made.status == 0, "\(made.errors)")
            let validated = try await daemon.packctl(
                ["--json", "create", "bursts", "--platform", "google", "--platform", "kobo", "--validate", "--watch"]
            )
            try #require(validated.status == 0, "\(validated.errors)")
            let events = try validated.output.split(separator: "\n").compactMap { line in
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            }
            for platform in ["google", "kobo"] {
                let steps = events.filter { $0["platformId"] as? String == platform }
                // A step belongs to one status, whoever told it.
                for (word, status) in [
                    ("planning", "downloading_audio"), ("fetching", "downloading_audio"), ("encoding", "processing"),
                    ("putting", "processing"), ("validating", "processing"), ("storing", "uploading"),
                ] {
                    let told = steps.filter { ($0["currentStep"] as? String)?.hasPrefix(word) == true }
                    #expect(told.allSatisfy { $0["status"] as? String == status }, "\(platform): \(steps)")
                    #expect(!["validating", "storing"].contains(word) || !told.isEmpty, "\(platform): \(steps)")
                }
                let percents = steps.compactMap { $0["progressPercent"] as? Int }
                #expect(percents == percents.sorted())
                #expect(steps.last?["status"] as? String == "completed")
            }
        }
    }
}
