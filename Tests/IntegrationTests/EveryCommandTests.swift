import Foundation
import PackagingClient
import Testing

@Suite("Every command of packctl against a daemon")
struct EveryCommandTests {
    /// A UUID that names no object.
    private static let nothing = "99999999-9999-4999-8999-999999999999"

    @Test("--json prints only the reply as JSON, with one line for each event of a stream and for each file")
    func json() async throws {
        try await withDaemon { daemon, folder in
            let book = try await BurstBook.write(to: folder + "/book", chapters: 1)
            var commands: Set<String> = []

            /// The objects that a command prints, one to a line.
            func objects(_ arguments: String..., status: Int32 = 0) async throws -> [[String: Any]] {
                commands.insert(arguments[0])
                let outcome = try await daemon.packctl(arguments + ["--json"])
                #expect(outcome.status == status, "\(arguments): \(outcome.errors)")
                #expect(status == 0 || status == 5 || outcome.output.isEmpty, "\(arguments): \(outcome.output)")
                return try outcome.output.split(separator: "\n").map { line in
                    let value = try? JSONSerialization.jsonObject(with: Data(line.utf8))
                    return try #require(value as? [String: Any], "\(arguments): \(line)")
                }
            }
            /// The one object that a command prints, which has `keys`.
            func object(_ arguments: [String], has keys: String..., status: Int32 = 0) async throws -> [String: Any] {
                commands.insert(arguments[0])
                let outcome = try await daemon.packctl(arguments + ["--json"])
                #expect(outcome.status == status, "\(arguments): \(outcome.errors)")
                #expect(outcome.output.split(separator: "\n").count == 1, "\(arguments): \(outcome.output)")
                let value = try? JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
                let object = try #require(value as? [String: Any], "\(arguments): \(outcome.output)")
                for key in keys { #expect(object[key] != nil, "\(arguments): no \(key) in \(outcome.output)") }
                return object
            }

            _ = try await object(["health"], has: "status")
            _ = try await object(["rules", "acx"], has: "platforms")
            _ = try await object(["tenant", "list"], has: "tenants")
            _ = try await object(["import", book.folder], has: "projectId", "slug", "missingAudio")
            _ = try await object(["projects"], has: "projects")
            _ = try await object(["whoami"], has: "caller", "tenant")
            _ = try await object(["grant", "bursts", "--user", "ana", "--role", "reader"], has: "user", "role")
            _ = try await object(["grants", "bursts"], has: "grants")
            _ = try await object(["grant", "bursts", "--user", "ana", "--role", "none"])
            _ = try await object(["token", "revoke", "t1"], has: "tokenId", "createdBy")
            _ = try await object(["user", "revoke", "ana"], has: "user", "issuedBefore")
            _ = try await object(["revocations"], has: "revocations")
            _ = try await object(["audit"], has: "entries")
            _ = try await object(["readiness", "bursts"], has: "overallReady", "platforms", "missingAudio")
            _ = try await object(["plan", "bursts"], has: "plans")
            let manifest = try await object(["manifest", "bursts"], has: "chapters", "metadata")

            let created = try await objects("create", "bursts", "--platform", "google", "--watch")
            let job = try #require((created.first?["jobIds"] as? [String: String])?["google"])
            #expect(created.count > 2 && created.dropFirst().allSatisfy { $0["sequence"] is Int })
            #expect(created.last?["status"] as? String == "completed")
            let watched = try await objects("watch", job)
            #expect(watched.count > 1 && watched.allSatisfy { $0["jobId"] as? String == job && $0["sequence"] is Int })
            _ = try await object(["jobs", "bursts"], has: "jobs")
            _ = try await object(["job", job], has: "id", "status", "packageId")
            // No job is left that could be cancelled or retried.
            _ = try await object(["cancel", job], has: "jobs")
            #expect(try await objects("retry", job, status: 5).isEmpty)

            let list = try await object(["packages", "bursts"], has: "packages", "storageQuota")
            let package = try #require((list["packages"] as? [[String: Any]])?.first?["id"] as? String)
            _ = try await object(["validate", package], has: "valid", "specs")
            let file = folder + "/one.zip"
            _ = try await object(["download", package, "-o", file], has: "file", "sha256", "sizeBytes", "packageId")
            #expect(try await objects("download", "--all", "bursts", "-o", folder + "/all").count == 1)
            _ = try await object(["inspect", file, "--platform", "google"], has: "valid", "specs")
            _ = try await object(["archive", package], has: "packageId", "storageTier", "expiresAt")
            // Links need the gateway; the refusal names what to use without one.
            #expect(try await objects("link", package, status: 5).isEmpty)

            let chapters = try #require(manifest["chapters"] as? [[String: Any]])
            let segments = try #require(chapters.first?["segments"] as? [[String: Any]])
            let segment = try #require(segments.first?["id"] as? String)
            _ = try await object(["segment", "bursts", segment, "--text", "Other words."], has: "revision")
            #expect(try await objects("delete", "bursts", status: 2).isEmpty)
            _ = try await object(["delete", package], has: "bytesFreed")
            _ = try await object(["delete", "bursts"], has: "packagesDeleted", "bytesFreed")

            #expect(commands == Set(try await Self.commands(daemon)))
        }
    }

    @Test("every kind of failure has its exit code, its words on standard error, and nothing on standard output")
    func failures() async throws {
        try await withDaemon { daemon, folder in
            let book = try await BurstBook.write(to: folder + "/book", chapters: 1)
            try #require(try await daemon.packctl("import", book.folder).status == 0)
            let created = try await daemon.json("create", "bursts", "--platform", "google")
            let job = try #require((created["jobIds"] as? [String: String])?["google"])
            try #require(try await daemon.packctl("watch", job).status == 0)
            let package = try #require(try await daemon.json("job", job)["packageId"] as? String)
            try Self.writeBooks(to: folder)
            try #require(try await daemon.packctl("import", folder + "/silent").status == 0)
            let id = Self.nothing

            var transcript = ""
            /// Runs a command line, in which names such as BOOK and JOB stand for values that differ in each run.
            func expect(_ status: Int32, _ line: String, prints output: String = "") async throws {
                let names = ["BOOK": folder, "JOB": job, "PACKAGE": package, "NOTHING": id]
                let words = line.split(separator: " ").map { word in
                    names.reduce(String(word)) { $0.replacingOccurrences(of: $1.key, with: $1.value) }
                }
                let outcome = try await daemon.packctl(words)
                #expect(outcome.status == status, "\(line): \(outcome.errors)")
                #expect(outcome.output == output, "\(line): \(outcome.output)")
                Self.expectForm(of: outcome.errors, line)
                let text = names.reduce(outcome.errors) { $0.replacingOccurrences(of: $1.value, with: $1.key) }
                    .replacing(#/\d\d:\d\d UTC/#, with: "HH:MM UTC")
                transcript += "$ packctl \(line)\n\(text)exit \(outcome.status)\n\n"
            }

            for command in ["readiness", "plan", "manifest", "create", "jobs", "packages", "download --all", "delete"] {
                try await expect(3, command + " nope")
            }
            try await expect(3, "segment nope NOTHING --text x")
            for command in ["job", "watch", "cancel", "retry"] { try await expect(3, command + " NOTHING") }
            for command in ["validate", "archive", "download", "link", "delete"] {
                try await expect(3, command + " NOTHING")
            }
            try await expect(3, "segment bursts NOTHING --text x")
            try await expect(5, "create silent")
            try await expect(5, "retry JOB")
            try await expect(5, "link PACKAGE")
            try await expect(
                7,
                "import BOOK/damaged",
                prints: "imported \"damaged\": 1 chapter, 2 segments, 1 audio file sent, 1 refused\n"
            )
            try #require(try await daemon.packctl("archive", package).status == 0)
            try await expect(1, "import BOOK/faulty")
            try await expect(2, "delete bursts")
            try await expect(6, "health --address /nonexistent/d.sock")

            try await PackagingClient.withConnection(to: PackagingAddress.parse(daemon.address)) { client in
                var plan = try #require(try await client.listTenants(ListTenantsRequest()).tenants.first)
                let quota = plan.quotaBytes
                plan.quotaBytes = 1
                _ = try await client.putTenant(plan)
                // What cannot be kept is not begun.
                let refused = try await daemon.packctl("create", "bursts", "--platform", "acx", "--watch")
                #expect(refused.status == 4 && refused.output.isEmpty)
                let words =
                    #/packctl: could not start packaging project "bursts": the tenant may keep 1 bytes of packages and has \d+ KiB, and the smallest of its packages needs \d+ KiB\nhint: Delete packages with .*\n/#
                #expect(refused.errors.wholeMatch(of: words) != nil, "\(refused.errors)")
                (plan.quotaBytes, plan.jobsPerHour) = (quota, 1)
                _ = try await client.putTenant(plan)
            }
            try await expect(4, "create bursts --platform kobo")
            try Self.expectSnapshot(transcript, "daemon-errors.txt")
        }
    }

    /// The commands that packctl's help lists.
    private static func commands(_ daemon: Daemon) async throws -> [String] {
        let help = try await daemon.packctl("--help").output.split(separator: "\n", omittingEmptySubsequences: false)
        var commands: [String] = []
        var isList = false
        for line in help {
            if line.hasSuffix("SUBCOMMANDS:") { isList = true }
            if line.isEmpty { isList = false }
            guard isList, let name = line.firstMatch(of: #/^  ([a-z]+) /#)?.1 else { continue }
            commands.append(String(name))
        }
        return commands
    }

    /// Messages begin with the program's name, and go on in lower case without a full stop. Whole sentences follow on
    /// the lines below.
    private static func expectForm(of errors: String, _ command: String) {
        #expect(errors.contains("packctl: "), "\(command): \(errors)")
        for line in errors.split(separator: "\n") {
            if line.hasPrefix("detail: ") || line.hasPrefix("hint: ") {
                #expect(line.last.map { ".?".contains($0) } == true, "\(command): \(line)")
            } else if line.hasPrefix("packctl: ") {
                #expect(line.last != "." && line.dropFirst(9).first?.isUppercase == false, "\(command): \(line)")
            } else {
                #expect(line.hasPrefix("sending "), "\(command): \(line)")
            }
        }
    }

    /// Compares `text` with a file beside those of PackctlTests. It is recorded anew in the same way as they are.
    private static func expectSnapshot(_ text: String, _ name: String) throws {
        let file = URL(fileURLWithPath: Program.repository + "/Tests/PackctlTests/Snapshots/" + name)
        if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" { try Data(text.utf8).write(to: file) }
        let recorded = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        let lines = { (text: String) in text.split(separator: "\n", omittingEmptySubsequences: false) }
        #expect(text == recorded, "\(lines(text).difference(from: lines(recorded)))")
    }

    /// Three books: one with a fault in its description, one without audio, and one with a file that is not audio
    /// beside audio that the daemon has already.
    private static func writeBooks(to folder: String) throws {
        let books = [
            "faulty": "  - {titel: One}\n",
            "silent": "  - {title: One, segments: [{text: Not a sound.}]}\n",
            "damaged": "  - {title: One, segments: [{text: Good., audio: good.wav}, {text: Bad., audio: bad.wav}]}\n",
        ]
        for (name, chapters) in books {
            let path = folder + "/" + name
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try "title: \(name)\nauthors: [A. Tester]\nplatforms: [google]\nchapters:\n\(chapters)"
                .write(toFile: path + "/book.yaml", atomically: true, encoding: .utf8)
        }
        try Data("RIFF, and then nothing".utf8).write(to: URL(fileURLWithPath: folder + "/damaged/bad.wav"))
        try FileManager.default.copyItem(
            atPath: folder + "/book/c1-s1-wav16k.wav",
            toPath: folder + "/damaged/good.wav"
        )
    }
}
