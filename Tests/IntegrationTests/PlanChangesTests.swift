import Foundation
import Testing

@Suite("What packctl plan --changes tells")
struct PlanChangesTests {
    private static let platforms = ["apple", "google", "spotify", "acx", "kobo"]

    @Test("the plan encodes, copies and leaves exactly what packaging then encodes, copies and leaves, and says why")
    func foretold() async throws {
        try await withDaemon(arguments: ["--log-level", "debug"]) { daemon, folder in
            let book = try await BurstBook.write(to: folder + "/book", chapters: 3)
            try await book.importing(to: daemon)

            var plan = try await planAndCreate(on: daemon)
            #expect(plan.values.allSatisfy { $0.action == "encode" && $0.reasons == ["there is no current package"] })
            #expect(plan["kobo"]?.encoded == [1, 2, 3].map { "\($0): no package that is there has its audio" })

            plan = try await planAndCreate(on: daemon)
            #expect(plan.values.allSatisfy { $0.action == "leave" && $0.chapters.isEmpty && $0.reasons.isEmpty })

            // One sentence has other audio.
            try await Program.tool(
                "sox",
                ["-n", "-r", "44100", "-b", "16", "-c", "1", folder + "/book/new.wav", "synth", "0.9", "sine", "330"]
            )
            let before = try String(contentsOfFile: folder + "/book/book.yaml", encoding: .utf8)
            let old = try #require(before.firstMatch(of: /c2-s3-[^}]*/)).output
            try await book.saying(before.replacingOccurrences(of: old, with: "new.wav"), to: daemon)
            plan = try await planAndCreate(on: daemon)
            #expect(plan.values.allSatisfy { $0.encoded == ["2: segment 3 has other audio"] && $0.reasons.isEmpty })
            #expect(plan.values.allSatisfy { $0.chapters.map(\.action) == ["copy", "encode", "copy"] })

            // That is taken back, so that the first version is there; a text is another, which only Kobo's package has.
            let text = before.replacingOccurrences(of: "\"Segment 4.\"", with: "\"Four.\"")
            try await book.saying(text, to: daemon)
            plan = try await planAndCreate(on: daemon)
            #expect(plan.filter { $0.value.action == "leave" }.keys.sorted() == ["acx", "apple", "google", "spotify"])
            let kobo = try #require(plan["kobo"])
            #expect(kobo.action == "copy" && kobo.encoded.isEmpty)
            #expect(
                kobo.reasons == (1...3).map { "chapter \($0): segment 4 has another text" } + [
                    "chapter 2 has other audio, which another package has"
                ]
            )

            // Settings of one platform, metadata, and a chapter less.
            let third = try #require(text.range(of: "  - title: Chapter 3"))
            var changed = String(text[..<third.lowerBound])
            changed += "packaging: {acx: {bitrate: 256k}}\nsubtitle: Anew\n"
            try await book.saying(changed, to: daemon)
            plan = try await planAndCreate(on: daemon)
            #expect(plan["apple"]?.action == "copy" && plan["apple"]?.chapters.count == 2)
            #expect(plan["apple"]?.reasons == ["the subtitle is another", "former chapter 3 was removed"])
            // Google's package has this encoding.
            #expect(plan["acx"]?.action == "copy")
            #expect(
                plan["acx"]?.reasons == [
                    "the subtitle is another", "former chapter 3 was removed",
                    "the bit rate is 256k by the book's settings, and was 192k",
                    "chapters 1 and 2 have other audio, which another package has",
                ]
            )

            try await book.saying(changed + "room_tone: {head: 0.75, tail: 2}\n", to: daemon)
            plan = try await planAndCreate(on: daemon)
            #expect(plan.values.allSatisfy { $0.reasons == ["the room tone is another"] })
            #expect(
                plan.values.allSatisfy { $0.encoded == ["1: the room tone is another", "2: the room tone is another"] }
            )
        }
    }

    @Test("a platform whose bytes another one has shares them, and missing audio is named")
    func others() async throws {
        try await withDaemon(arguments: ["--log-level", "debug"]) { daemon, folder in
            let book = try await BurstBook.write(to: folder + "/book", chapters: 2)
            try await book.importing(to: daemon)
            _ = try await planAndCreate(["google"], on: daemon)
            let spotify = try #require(try await planAndCreate(["spotify"], on: daemon)["spotify"])
            #expect(spotify.action == "copy" && spotify.encoded.isEmpty)
            #expect(spotify.reasons.last == "the package of google has the same bytes, which are shared")

            let manifest = try await daemon.json("manifest", "bursts")
            let chapters = try #require(manifest["chapters"] as? [[String: Any]])
            let segments = try #require(chapters[1]["segments"] as? [[String: Any]])
            let segment = try #require(segments[4]["id"] as? String)
            try #require(try await daemon.packctl("segment", "bursts", segment, "--text", "New.").status == 0)
            let google = try #require(try await planned(["google"], on: daemon)["google"])
            #expect(google.reasons.count == 1 && google.reasons[0].hasPrefix("not ready: audio: "), "\(google.reasons)")
            #expect(google.chapters.map(\.action) == ["copy", "encode"])
            #expect(google.encoded == ["2: segment 5 has no audio"])

            let text = try await daemon.packctl("plan", "bursts", "--platform", "google", "--changes")
            try #require(text.status == 0, "\(text.errors)")
            let lines = text.output.split(separator: "\n").map(String.init)
            #expect(lines.allSatisfy { $0.count <= 80 })
            #expect(lines.first == "google  new version: 1 chapter encoded, 1 copied")
            #expect(
                lines.suffix(3) == [
                    "  1  copy    Chapter 1", "  2  encode  Chapter 2", "               segment 5 has no audio",
                ]
            )
            let one = try await daemon.json("plan", "bursts", "--platform", "spotify", "--platform", "google")
            let plans = try #require(one["plans"] as? [[String: Any]])
            #expect(plans.map { $0["platformId"] as? String } == ["google", "spotify"])
            #expect(plans.allSatisfy { $0["changes"] == nil })
            let unknown = try await daemon.packctl("plan", "bursts", "--platform", "gogle")
            #expect(unknown.status == 2 && unknown.errors.contains("\"google\""), "\(unknown.errors)")
        }
    }

    // MARK: Steps

    /// What the plan tells about one platform.
    private struct Planned {
        struct Chapter {
            var number: Int
            var action: String
            var reasons: [String]
        }

        var action: String
        var package: String
        var reasons: [String]
        var chapters: [Chapter]
        /// The encoding of its audio.
        var audio: String

        /// The chapters that are encoded, with their reasons.
        var encoded: [String] {
            chapters.filter { $0.action == "encode" }.map { "\($0.number): \($0.reasons.joined(separator: ", "))" }
        }
    }

    private func planned(_ platforms: [String], on daemon: Daemon) async throws -> [String: Planned] {
        let outcome = try await daemon.packctl(
            ["--json", "plan", "bursts", "--changes"] + platforms.flatMap { ["--platform", $0] }
        )
        try #require(outcome.status == 0, "\(outcome.errors)")
        let reply = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
        var planned: [String: Planned] = [:]
        for plan in try #require(reply?["plans"] as? [[String: Any]]) {
            let changes = try #require(plan["changes"] as? [String: Any])
            let audio = try #require(plan["audioSpec"] as? [String: Any])
            planned[try #require(plan["platformId"] as? String)] = Planned(
                action: try #require(changes["action"] as? String),
                package: changes["packageId"] as? String ?? "",
                reasons: changes["reasons"] as? [String] ?? [],
                chapters: try (changes["chapters"] as? [[String: Any]] ?? []).map { chapter in
                    Planned.Chapter(
                        number: try #require(chapter["number"] as? Int),
                        action: try #require(chapter["action"] as? String),
                        reasons: chapter["reasons"] as? [String] ?? []
                    )
                },
                audio: audio.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            )
        }
        return planned
    }

    /// Plans and packages, and compares what was told with what the daemon did.
    private func planAndCreate(
        _ platforms: [String] = platforms,
        on daemon: Daemon
    ) async throws -> [String: Planned] {
        let planned = try await planned(platforms, on: daemon)
        #expect(Set(planned.keys) == Set(platforms))
        let there = try await versions(on: daemon)
        let log = daemon.log.utf8.count
        let created = try await daemon.packctl(
            ["--json", "create", "bursts", "--watch"] + platforms.flatMap { ["--platform", $0] }
        )
        try #require(created.status == 0, "\(created.errors)")

        // Platforms with the same encoding share it, and a package that is shared as a whole needs no chapter.
        let made = planned.values.filter { plan in plan.reasons.allSatisfy { !$0.hasSuffix("which are shared") } }
        func encodings(_ action: String) -> [Int: Int] {
            let all = made.flatMap { plan in
                plan.chapters.filter { $0.action == action }.map { "\($0.number) \(plan.audio)" }
            }
            return Set(all).reduce(into: [:]) { counts, encoding in
                counts[Int(encoding.prefix { $0 != " " }) ?? 0, default: 0] += 1
            }
        }
        let lines = String(decoding: daemon.log.utf8.dropFirst(log), as: UTF8.self).split(separator: "\n")
        // Each chapter is one render, in the order of the book.
        var (rendered, copied): ([Int: Int], [Int: Int]) = ([:], [:])
        for line in lines {
            guard let render = line.firstMatch(of: /render=(\d+)/).flatMap({ Int($0.1) }) else { continue }
            if line.contains(" rendered"), let count = line.firstMatch(of: /encodes=(\d+)/).flatMap({ Int($0.1) }) {
                rendered[render + 1, default: 0] += count
            } else if line.contains(" copied a chapter") {
                copied[render + 1, default: 0] += 1
            }
        }
        #expect(rendered == encodings("encode"))
        #expect(copied == encodings("copy"))
        let now = try await versions(on: daemon)
        for (platform, plan) in planned {
            #expect(now[platform]?.count == (there[platform]?.count ?? 0) + (plan.action == "leave" ? 0 : 1))
            if plan.action == "leave" { #expect(now[platform]?.current == plan.package) }
        }
        return planned
    }

    /// For each platform, the number of its packages and the id of its current one.
    private func versions(on daemon: Daemon) async throws -> [String: (count: Int, current: String)] {
        let list = try #require(try await daemon.json("packages", "bursts")["packages"] as? [[String: Any]])
        return Dictionary(grouping: list) { $0["platformId"] as? String ?? "" }.mapValues { packages in
            (packages.count, packages.first { $0["current"] as? Bool == true }?["id"] as? String ?? "")
        }
    }
}

extension BurstBook {
    fileprivate func importing(to daemon: Daemon) async throws {
        let imported = try await daemon.packctl("import", folder)
        try #require(imported.status == 0, "\(imported.errors)")
    }

    /// Imports the book with this `book.yaml`.
    fileprivate func saying(_ yaml: String, to daemon: Daemon) async throws {
        try yaml.write(toFile: folder + "/book.yaml", atomically: true, encoding: .utf8)
        try await importing(to: daemon)
    }
}
