import DatabaseTestSupport
import Foundation
import Postgres
import Testing

@Suite("What a killed daemon leaves in the blob folder")
struct LeftoverTests {
    /// Makes files look as if they were written a quarter of an hour ago.
    @Sendable
    private func age(_ paths: [String]) throws {
        for path in paths {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -900)],
                ofItemAtPath: path
            )
        }
    }

    @Test(
        "another daemon removes its uploads and probes without a restart, keeps its own waiting upload, and nothing is left"
    )
    func swept() async throws {
        try await withDatabase { database in
            try await withFolder { folder in
                let url = database.ownerConfiguration.url
                let shared = ["--database-url", url, "--blob-url", "file://\(folder)/blobs", "--workers", "1"]
                let migrate = ["migrate", "--lease", "4", "--database-url", url]
                try #require(try await Program.run(Program.built("packagingd"), migrate).status == 0)
                let uploads = folder + "/blobs/uploads"
                let first = try await Daemon.start(state: folder + "/first", arguments: shared)
                try await first.importLongBook(chapters: 8, in: folder)
                let created = try await first.json("create", "long", "--platform", "google")
                let job = try #require((created["jobIds"] as? [String: String])?["google"])
                try await within(.seconds(600), "an upload of the first daemon") {
                    while try await !isPackage(in: uploads) { try await Task.sleep(for: .milliseconds(10)) }
                }
                // It is started beside the first, and must not take the first one's upload away.
                let second = try await Daemon.start(state: folder + "/second", arguments: shared)
                try await first.kill()
                let left = files(below: uploads).map { uploads + "/" + $0 }
                try #require(!left.isEmpty, "the fault: an upload is left")
                let probe = folder + "/blobs/containers/packagingd-probe/probe/left"
                try Data("probe".utf8).write(to: URL(fileURLWithPath: probe))
                try age(left + [probe])

                // The second daemon takes the job over, and then is slow at it. A worker that rests for too long would be
                // taken for stuck.
                try await within(.seconds(600), "an upload of the second daemon") {
                    while try await !isPackage(in: uploads, besides: left) {
                        try await Task.sleep(for: .milliseconds(10))
                    }
                }
                let workers = "-P \(second.pid) packaging-work"
                let slowing = try await Running.start(
                    "/bin/sh",
                    ["-c", "while :; do pkill -STOP \(workers); sleep 10; pkill -CONT \(workers); sleep 0.5; done"]
                )
                // One sweep is due in a minute.
                try await within(.seconds(180), "the sweep") {
                    while (left + [probe]).contains(where: { FileManager.default.fileExists(atPath: $0) }) {
                        // Its own upload looks as old as the others.
                        try? age(files(below: uploads).map { uploads + "/" + $0 }.filter { !left.contains($0) })
                        try await Task.sleep(for: .milliseconds(20))
                    }
                }
                #expect(try await isPackage(in: uploads), "the waiting upload was taken away, or none was at risk")
                slowing.signal(SIGKILL)
                _ = try await slowing.outcome()
                try await Program.run("pkill", ["-CONT", "-P", "\(second.pid)", "packaging-work"])

                let watched = try await second.packctl("watch", job)
                #expect(watched.status == 0, "\(watched.errors)")
                _ = try await Package.download(of: "long", from: second, to: folder)
                try await second.stop()
                #expect(files(below: uploads).isEmpty)
            }
        }
    }

    /// Whether a package is uploaded. An upload of the health's probe is small and short.
    @Sendable
    private func isPackage(in uploads: String, besides others: [String] = []) async throws -> Bool {
        files(below: uploads).map { uploads + "/" + $0 }.contains { path in
            let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
            return !others.contains(path) && (size ?? 0) > 100_000
        }
    }
}
