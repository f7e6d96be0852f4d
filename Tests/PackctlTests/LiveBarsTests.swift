import Foundation
import PackagingMessages
import Testing

@testable import PackctlCommands

/// Runs the program itself on a pseudo-terminal of the kernel, and reads its output with a model of a terminal.
@Suite("Live bars")
struct LiveBarsTests {
    private static let stores = ["apple", "google", "spotify", "acx", "kobo"]
    /// Combining marks, wide characters, joined and selected emoji, a flag, and characters that would control a
    /// terminal.
    private static let step = "Encoding 「物語の本」 Cafe\u{301} e\u{301}te\u{301} 👩‍👩‍👧 ❤️ 🇵🇪 हिन्दी \u{1B}[2J\r\n and so on to AAC"

    @Test("five bars stay five lines that fit the window, from the first to the last", arguments: [200, 80, 47, 20])
    func bars(_ columns: Int) async throws {
        let daemon = Self.daemon()
        try await daemon.serve { address in
            let terminal = try await PseudoTerminal.start(Self.create(address), columns: columns)
            for percent in ["30%", "60%"] {
                let screen = try await terminal.wait { Self.bars(of: $0, at: percent) == 5 }
                #expect(Self.bars(of: screen) == 5, "\(screen.text)")
                daemon.goOn()
            }
            #expect(await terminal.exitCode() == 0)
            let screen = terminal.screen
            #expect(Self.bars(of: screen, at: "100%") == 5, "\(screen.text)")
            #expect(Self.bars(of: screen) == 5, "\(screen.text)")
            // Messages and tables may be wider than the window, but bars never are.
            #expect(screen.overlong.filter { $0.contains("%") }.isEmpty, "\(screen.overlong)")
            #expect(screen.unknown.isEmpty, "\(screen.unknown)")
            #expect(screen.isAtLineStart)
            #expect(screen.text.contains("PLATFORM"))
        }
    }

    @Test("a window that becomes narrower and wider again keeps five bars that fit")
    func resized() async throws {
        let daemon = Self.daemon()
        try await daemon.serve { address in
            let terminal = try await PseudoTerminal.start(Self.create(address), columns: 200)
            try await terminal.wait { Self.bars(of: $0, at: "30%") == 5 }
            for columns in [61, 140, 38] {
                let frames = Self.frames(terminal.text)
                terminal.resize(columns: columns)
                // Bars that were drawn for the old window may be too long for the new one. The next frame is not.
                try await terminal.wait { screen in
                    Self.frames(terminal.text) > frames && screen.shown.count == 6 && screen.isAtLineStart
                        && Self.bars(of: screen, at: "30%") == 5
                }
            }
            daemon.goOn()
            daemon.goOn()
            #expect(await terminal.exitCode() == 0)
            #expect(Self.bars(of: terminal.screen) == 5, "\(terminal.screen.text)")
        }
    }

    @Test("Ctrl-C leaves the bars as they were, says that the jobs run on and what to do next, and exits with 130")
    func interrupted() async throws {
        let daemon = Self.daemon()
        try await daemon.serve { address in
            let terminal = try await PseudoTerminal.start(Self.create(address), columns: 100)
            try await terminal.wait { Self.bars(of: $0, at: "30%") == 5 }
            terminal.type("\u{3}")
            #expect(await terminal.exitCode() == 130)
            let screen = terminal.screen
            #expect(Self.bars(of: screen, at: "30%") == 5)
            #expect(
                Array(screen.shown.dropFirst(6)) == [
                    "packctl: stopped watching; the jobs run on",
                    "hint: Watch on with \"packctl watch b1 --after 5\", or stop them with \"packctl cancel b1\".",
                ],
                "\(screen.text)"
            )
            #expect(screen.isAtLineStart)
        }
    }

    @Test("a lost connection is reported once, above the bars, and the bars continue below it")
    func lost() async throws {
        let daemon = Self.daemon { $0.watchBreaks = [5] }
        try await daemon.serve { address in
            let terminal = try await PseudoTerminal.start(Self.create(address), columns: 60)
            try await terminal.wait { Self.bars(of: $0, at: "30%") == 5 }
            daemon.goOn()
            let screen = try await terminal.wait { Self.bars(of: $0, at: "60%") == 5 }
            #expect(screen.shown[1...2].joined() == "packctl: lost the daemon (this daemon is stopping); trying again")
            #expect(screen.shown[3] == "packctl: the daemon is back")
            #expect(screen.shown.count == 9, "\(screen.text)")
            daemon.goOn()
            #expect(await terminal.exitCode() == 0)
        }
    }

    @Test("a terminal that cannot move its cursor, or is not named, gets lines of text", arguments: ["dumb", ""])
    func dumb(_ name: String) async throws {
        let daemon = Self.daemon { $0.pauses = [] }
        try await daemon.serve { address in
            let terminal = try await PseudoTerminal.start(Self.create(address), environment: ["TERM": name])
            #expect(await terminal.exitCode() == 0)
            #expect(!terminal.text.contains("\u{1B}"))
            #expect(terminal.text.contains("apple: 30%, Encoding 「物語の本」"))
        }
    }

    @Test("--quiet and --json draw nothing, and print the results alone", arguments: ["--quiet", "--json"])
    func quiet(_ option: String) async throws {
        let daemon = Self.daemon { $0.pauses = [] }
        try await daemon.serve { address in
            let terminal = try await PseudoTerminal.start(Self.create(address) + [option], columns: 400)
            #expect(await terminal.exitCode() == 0)
            #expect(!terminal.text.contains("\u{1B}"))
            #expect(terminal.screen.shown.first?.hasPrefix(option == "--json" ? "{" : "PLATFORM") == true)
        }
    }

    @Test("COLUMNS makes bars and tables narrower than the window")
    func columns() async throws {
        let daemon = Self.daemon { $0.pauses = [] }
        try await daemon.serve { address in
            let terminal = try await PseudoTerminal.start(
                Self.create(address),
                columns: 120,
                environment: ["COLUMNS": "40"]
            )
            #expect(await terminal.exitCode() == 0)
            let lines = terminal.screen.shown.filter { !$0.hasPrefix("5 jobs") }
            #expect(lines.allSatisfy { $0.displayWidth <= 40 }, "\(terminal.screen.text)")
        }
    }

    @Test("a table of packages fits a window of 80 columns with whole ids, and is complete in a pipe")
    func tables() async throws {
        let id = "5f0c9a52-6c1e-4f7a-9d0b-3f6f2f1f8f11"
        let daemon = ScriptedDaemon {
            $0.packages = [
                Package(id: id, platformID: "spotify", version: 12, fileSizeBytes: 123_400_000, durationSeconds: 40_000)
            ]
        }
        try await daemon.serve { address in
            for columns in [80, 40] {
                let terminal = try await PseudoTerminal.start(
                    ["packages", "p", "--address", address],
                    columns: columns
                )
                #expect(await terminal.exitCode() == 0)
                #expect(terminal.screen.overlong.isEmpty, "\(terminal.screen.text)")
                #expect(terminal.screen.text.contains(id))
            }
            let piped = try await PseudoTerminal.start(
                ["-c", "\(PseudoTerminal.built("packctl")) packages p --address \(address) | cat"],
                of: "/bin/sh",
                columns: 40
            )
            #expect(await piped.exitCode() == 0)
            #expect(piped.text.contains("LENGTH") && piped.text.contains("CREATED"), "\(piped.text)")
        }
    }

    @Test("messages that go to a file are lines of text, even if results go to a terminal")
    func redirected() async throws {
        let daemon = Self.daemon { $0.pauses = [] }
        try await daemon.serve { address in
            try await withFolder { folder in
                let file = folder + "/messages"
                let command = ([PseudoTerminal.built("packctl")] + Self.create(address)).joined(separator: " ")
                let terminal = try await PseudoTerminal.start(["-c", "\(command) 2>\(file)"], of: "/bin/sh")
                #expect(await terminal.exitCode() == 0)
                let messages = try String(contentsOfFile: file, encoding: .utf8)
                #expect(!messages.contains("\u{1B}"))
                #expect(messages.contains("kobo: 60%, "))
                #expect(!terminal.text.contains("\u{1B}"))
                #expect(terminal.text.contains("PLATFORM"))
            }
        }
    }

    @Test("there is no colour, so NO_COLOR changes nothing; without a UTF-8 locale bars are ASCII")
    func plainEnvironments() async throws {
        let daemon = Self.daemon { $0.pauses = [] }
        try await daemon.serve { address in
            let plain = try await PseudoTerminal.start(
                Self.create(address),
                environment: ["NO_COLOR": "1", "LANG": "C"]
            )
            #expect(await plain.exitCode() == 0)
            #expect(!plain.text.contains(/\u{1B}\[[0-9;]*m/))
            #expect(plain.text.contains("apple    ####"), "\(plain.screen.text)")
            #expect(!plain.text.contains("█"))
        }
    }

    @Test("a question on the terminal is answered there", arguments: [("y\n", Int32(0)), ("\n", 1), ("\u{3}", 130)])
    func asks(_ answer: String, _ status: Int32) async throws {
        let daemon = ScriptedDaemon {
            $0.projects = [Project(id: "11111111-1111-4111-8111-111111111111", slug: "p")]
            $0.packages = [Package(id: "k1", storageTier: .archive)]
        }
        try await daemon.serve { address in
            let terminal = try await PseudoTerminal.start(["delete", "p", "--address", address])
            try await terminal.wait { $0.text.hasSuffix("[y/N]") }
            terminal.type(answer)
            #expect(await terminal.exitCode() == status, "\(terminal.screen.text)")
            #expect(daemon[\.deleted].isEmpty == (status != 0))
        }
    }

    private static func create(_ address: String) -> [String] { ["create", "p", "--watch", "--address", address] }

    /// Five jobs that reach 30, 60 and 100 percent, with a pause before the second and the third step.
    private static func daemon(_ prepare: (inout ScriptedDaemon.State) -> Void = { _ in }) -> ScriptedDaemon {
        ScriptedDaemon { state in
            state.create = CreateAllReply(
                batchID: "b1",
                jobIDs: Dictionary(uniqueKeysWithValues: stores.map { ($0, "job-" + $0) }),
                message: "5 jobs"
            )
            for (stage, percent) in [30, 60, 100].enumerated() {
                for (index, store) in stores.enumerated() {
                    state.events.append(
                        JobEvent(
                            sequence: Int64(stage * stores.count + index + 1),
                            jobID: "job-" + store,
                            platformID: store,
                            status: percent == 100 ? .completed : .processing,
                            progressPercent: Int32(percent),
                            currentStep: step,
                            packageID: percent == 100 ? "package-" + store : ""
                        )
                    )
                }
            }
            state.packages = stores.map { Package(id: "package-" + $0, platformID: $0, version: 1) }
            state.pauses = [5, 10]
            prepare(&state)
        }
    }

    /// The number of lines that are bars and contain `percent`.
    private static func bars(of screen: Screen, at percent: String = "%") -> Int {
        screen.shown.count { line in
            stores.contains { line.hasPrefix($0 + " ") } && line.contains(percent)
        }
    }

    /// How often the bars were drawn.
    private static func frames(_ text: String) -> Int { text.split(separator: "\u{1B}[J").count }
}
