import Foundation
import Testing

@Suite("A daemon that is killed while packctl listens")
struct ReconnectTests {
    /// What the command was, and whether its events are lines of JSON.
    struct Watching: Sendable, CustomTestStringConvertible {
        var creates: Bool
        var json: Bool

        var testDescription: String { (creates ? "create --watch" : "watch") + (json ? " --json" : "") }
    }

    private static let all = [
        Watching(creates: true, json: false), Watching(creates: true, json: true), Watching(creates: false, json: true),
    ]

    @Test("the watch tells loss and return of the daemon, the job completes, and the code is 0", arguments: all)
    func watches(_ watching: Watching) async throws {
        try await withFolder { folder in
            let (state, oneWorker) = (folder + "/state", ["--workers", "1"])
            var daemon = try await Daemon.start(state: state, arguments: oneWorker)
            try await daemon.importLongBook(chapters: 4, in: folder)
            let json = watching.json ? "--json" : ""
            let create = "packctl create long --platform google"
            let script =
                watching.creates
                ? "\(create) --watch \(json)"
                : #"job=$(\#(create) --json | sed -E 's/.*"google":"([^"]+)".*/\1/'); packctl watch $job \#(json)"#
            // The watch has seen the work begin when the daemon is killed.
            let watch = try await daemon.start(script, signalling: "KILL", at: "ncoding")
            try await daemon.waitForKill()
            // With --json nothing but an error is written on standard error.
            if !watching.json { try await Self.waitForLoss(watch) }
            #expect(watch.isRunning)
            daemon = try await Daemon.start(state: state, arguments: oneWorker)
            let outcome = try await watch.outcome()
            #expect(outcome.status == 0, "\(outcome.errors)")
            if watching.json {
                #expect(outcome.errors.isEmpty, "\(outcome.errors)")
            } else {
                #expect(outcome.errors.components(separatedBy: "lost the daemon").count == 2, "\(outcome.errors)")
                #expect(outcome.errors.contains("; trying again\n"))
                #expect(outcome.errors.components(separatedBy: "the daemon is back\n").count == 2, "\(outcome.errors)")
            }

            let job = try await daemon.longJob()
            let story = try await daemon.packctl("--json", "watch", job).output.split(separator: "\n")
            if watching.json {
                let told = outcome.output.split(separator: "\n").filter { $0.hasPrefix("{\"sequence\"") }
                try Self.compare(told: told, story: story)
            } else {
                // Plain lines may leave out steps of progress, but never a state, and none is printed twice.
                let completed = watching.creates ? outcome.errors : outcome.errors + outcome.output
                #expect(completed.contains("google: completed\n"), "\(outcome.errors)")
                let lines = outcome.errors.split(separator: "\n").filter { $0.hasPrefix("google: ") }
                #expect(zip(lines, lines.dropFirst()).allSatisfy { $0 != $1 }, "\(lines)")
                #expect(outcome.output.contains(watching.creates ? "PLATFORM" : "google  completed  package "))
            }
            try await daemon.stop()
        }
    }

    @Test("a download continues where it broke off, and the file is complete")
    func downloads() async throws {
        try await withFolder { folder in
            let state = folder + "/state"
            var daemon = try await Daemon.start(state: state)
            try await daemon.importLongBook(chapters: 4, in: folder)
            let created = try await daemon.packctl("create", "long", "--platform", "google", "--watch")
            try #require(created.status == 0, "\(created.errors)")
            let list = try await daemon.json("packages", "long")
            let package = try #require((list["packages"] as? [[String: Any]])?.first)
            let id = try #require(package["id"] as? String)
            let size = try #require(package["fileSizeBytes"] as? Int)

            let part = folder + "/.\(id).part"
            let relay = try await HalfRelay.start(to: daemon.address, at: folder + "/relay.sock", bytes: size / 2)
            let download = try await Running.start(
                Program.built("packctl"),
                ["--address", relay.address, "download", id, "-o", folder + "/long.zip"]
            )
            try await within(.seconds(120), "the first bytes") {
                while Self.size(of: part) == 0 { try await Task.sleep(for: .milliseconds(20)) }
            }
            try await daemon.kill()
            try await Self.waitForLoss(download)
            // Bytes that are there already are not fetched again: this changed byte stays as it is.
            let first = try Self.exchangeFirstByte(of: part, with: 0xFF)
            daemon = try await Daemon.start(state: state)
            let outcome = try await download.outcome()
            withExtendedLifetime(relay) {}
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(try Self.exchangeFirstByte(of: folder + "/long.zip", with: first) == 0xFF)
            let sum = try await Program.tool("sha256sum", [folder + "/long.zip"])
            #expect(sum.hasPrefix(try #require(package["sha256"] as? String)))
            #expect(!FileManager.default.fileExists(atPath: part))
            try await daemon.stop()
        }
    }

    /// Compares what a watch printed with the whole story of its job.
    private static func compare(told: [Substring], story: [Substring]) throws {
        let sequences = try told.map(sequence)
        #expect(zip(sequences, sequences.dropFirst()).allSatisfy { $0 < $1 }, "\(sequences)")
        #expect(Set(told).isSubset(of: story), "told what is not in the story: \(Set(told).subtracting(story))")
        var before = ""
        for line in story {
            let state = line.matches(of: /"(status|attempt)":("?\w+"?)/).map { String($0.2) }.joined(separator: " ")
            if state != before { #expect(told.contains(line), "the watch did not tell \(line)") }
            before = state
        }
        #expect(story.contains { $0.contains("\"attempt\":2") }, "the kill cost no attempt, so it met no work")
    }

    private static func sequence(_ line: Substring) throws -> Int {
        let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        return try #require(event?["sequence"] as? Int)
    }

    /// Waits until a command has printed that it lost the daemon.
    private static func waitForLoss(_ command: Running) async throws {
        try await within(.seconds(120), "the word of the loss") {
            while !command.errors.contains("lost the daemon") { try await Task.sleep(for: .milliseconds(20)) }
        }
    }

    private static func size(of file: String) -> Int {
        (try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? 0
    }

    private static func exchangeFirstByte(of file: String, with byte: UInt8) throws -> UInt8 {
        let handle = try FileHandle(forUpdating: URL(fileURLWithPath: file))
        defer { try? handle.close() }
        let before = try #require(try handle.read(upToCount: 1)?.first)
        try handle.seek(toOffset: 0)
        try handle.write(contentsOf: Data([byte]))
        return before
    }
}
