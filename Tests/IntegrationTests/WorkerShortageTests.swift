import Foundation
import Testing

@Suite("A daemon that cannot start workers for a while")
struct WorkerShortageTests {
    @Test("while the worker program is replaced, jobs wait, callers are told to try again, and no audio is refused")
    func replaced() async throws {
        try await withFolder { folder in
            let programs = folder + "/bin"
            try FileManager.default.createDirectory(atPath: programs, withIntermediateDirectories: false)
            for name in ["packagingd", "packaging-worker"] {
                try await Program.install(Program.built(name), as: programs + "/" + name)
            }
            let worker = programs + "/packaging-worker"
            let daemon = try await Daemon.start(state: folder + "/state", program: programs + "/packagingd")
            try await daemon.importLongBook(chapters: 2, in: folder)
            _ = try await BurstBook.write(to: folder + "/bursts", chapters: 1)

            try FileManager.default.moveItem(atPath: worker, toPath: worker + ".away")
            try Data("not yet a program".utf8).write(to: URL(fileURLWithPath: worker))
            let created = try await daemon.packctl("create", "long", "--platform", "google")
            try #require(created.status == 0, "\(created.errors)")
            let job = try await daemon.longJob()
            try await waits(job, for: "could not execute", on: daemon)
            let refused = try await daemon.packctl("import", folder + "/bursts")
            #expect(refused.status != 0)
            #expect(refused.errors.contains("could not execute \"\(worker)\": Permission denied"), "\(refused.errors)")
            #expect(refused.errors.contains("Try again in a moment."), "\(refused.errors)")

            try FileManager.default.removeItem(atPath: worker)
            try FileManager.default.moveItem(atPath: worker + ".away", toPath: worker)
            let watched = try await daemon.packctl("watch", job)
            #expect(watched.status == 0, "\(watched.errors)")
            #expect(try await daemon.json("job", job)["attempt"] as? Int == 1)
            let imported = try await daemon.packctl("import", folder + "/bursts")
            #expect(imported.status == 0, "\(imported.errors)")
            let second = try await daemon.packctl("create", "bursts", "--platform", "google")
            #expect(second.status == 0, "\(second.errors)")
            try await daemon.stop()
        }
    }

    @Test("a job that finds no descriptors for its workers waits until there are some, and loses no attempt")
    func descriptors() async throws {
        try await withFolder { folder in
            let daemon = try await Daemon.start(state: folder + "/state", arguments: ["--workers", "1"])
            // So many that some are left when the test has heard of the first, also on a busy machine.
            try await daemon.importLongBook(chapters: 16, in: folder)
            let created = try await daemon.packctl("create", "long", "--platform", "google")
            try #require(created.status == 0, "\(created.errors)")
            let job = try await daemon.longJob()
            try await daemon.encodes(job)
            // Nothing can be opened from now on; what is open stays. The worker that runs goes on, and the next one has
            // no socket.
            let daemonsOwn = ["--pid", "\(daemon.pid)"]
            let limit = try await Program.tool("prlimit", daemonsOwn + ["--nofile", "--noheadings", "-o", "HARD"])
            try await Program.tool("prlimit", daemonsOwn + ["--nofile=3:"])
            try await within(.seconds(600), "the first worker that has no descriptors") {
                // Others find no descriptors either, and say so.
                while !daemon.log.contains(/put off the job .*Too many open files/) {
                    try #require(!daemon.log.contains("the job failed"), "\(daemon.log)")
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            let most = limit.trimmingCharacters(in: .whitespacesAndNewlines)
            try await Program.tool("prlimit", daemonsOwn + ["--nofile=\(most):"])

            let watched = try await daemon.packctl("watch", job)
            #expect(watched.status == 0, "\(watched.errors)")
            let ended = try await daemon.json("job", job)
            #expect(ended["status"] as? String == "completed")
            #expect(ended["attempt"] as? Int == 1, "\(daemon.log)")
            try await daemon.stop()
        }
    }

    /// Returns when the step of a job says that it waits, with `reason`. The job may not fail, nor be attempted again.
    private func waits(_ id: String, for reason: String, on daemon: Daemon) async throws {
        try await within(.seconds(600), "the wait of job \(id)") {
            while true {
                let job = try await daemon.json("job", id)
                let step = job["currentStep"] as? String ?? ""
                if step.hasPrefix("waiting: "), step.contains(reason) { return }
                try #require(job["status"] as? String != "failed" && job["attempt"] as? Int ?? 0 <= 1, "\(job)")
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }
}
