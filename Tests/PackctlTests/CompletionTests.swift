import Foundation
import PackagingMessages
import Testing

@testable import PackctlCommands

@Suite("Shell completion")
struct CompletionTests {
    @Test(
        "bash proposes commands, options, platforms, files and folders where they are wanted",
        arguments: [
            (["cr"], ["create"]),
            (["d"], ["delete", "download"]),
            (["create", "--g"], ["--generate-missing"]),
            (["create", "p", "--platform", ""], ["acx", "apple", "google", "kobo", "spotify"]),
            (["inspect", "x.zip", "--platform", "k"], ["kobo"]),
            (["rules", "s"], ["spotify"]),
            (["import", "FOLDER/"], ["FOLDER/book"]),
            (["inspect", "FOLDER/a"], ["FOLDER/a.wav"]),
            (["segment", "p", "s", "--audio", "FOLDER/"], ["FOLDER/a.wav", "FOLDER/b.zip", "FOLDER/book"]),
            (["download", "x", "-o", "FOLDER/b"], ["FOLDER/b.zip", "FOLDER/book"]),
            (["health", "--token-file", "FOLDER/a"], ["FOLDER/a.wav"]),
        ]
    )
    func proposes(_ words: [String], _ expected: [String]) async throws {
        try await withFolder(["a.wav": "", "b.zip": "", "book/book.yaml": ""]) { folder in
            let named = { (words: [String]) in words.map { $0.replacingOccurrences(of: "FOLDER", with: folder) } }
            try await expect(named(words), proposes: named(expected))
        }
    }

    @Test("projects are proposed from the daemon that the command line or the environment names")
    func projects() async throws {
        let daemon = ScriptedDaemon {
            $0.projects = ["the-knot-keeper", "the-tide-tables", "dune"].map { Project(id: $0 + "-id", slug: $0) }
        }
        try await daemon.serve { address in
            let the = ["the-knot-keeper", "the-tide-tables"]
            try await expect(["create", "the"], address: address, proposes: the)
            try await expect(["readiness", "--address", address, "the"], proposes: the)
            try await expect(["download", "--all", "d"], address: address, proposes: ["dune"])
            try await expect(["delete", ""], address: address, proposes: ["dune"] + the)
        }
    }

    @Test("without a daemon, nothing is proposed and no message is printed")
    func silent() async throws {
        try await expect(["create", ""], proposes: [])
        try await expect(["create", ""], address: "nowhere", proposes: [])
        try await expect(["create", "--token-file", "/nonexistent", ""], proposes: [])
    }

    @Test("shells load the scripts without an error", arguments: InteractiveShell.Kind.allCases)
    func loads(_ shell: InteractiveShell.Kind) async throws {
        for program in ["packctl", "packagingd"] {
            try await withFolder { folder in
                let complaints = try await bash(
                    #"cd "$3" && "$1" --generate-completion-script "$2" >script && "$2" -n script && echo fine"#,
                    [PseudoTerminal.built(program), shell.rawValue, folder]
                )
                #expect(complaints == "fine\n")
            }
        }
    }

    @Test(
        "Tab at a terminal completes commands, options, platforms, files, and projects of the daemon in the line",
        arguments: InteractiveShell.Kind.allCases
    )
    func tab(_ kind: InteractiveShell.Kind) async throws {
        let daemon = ScriptedDaemon {
            $0.projects = ["the-knot-keeper", "the-tide-tables", "dune"].map { Project(id: $0 + "-id", slug: $0) }
        }
        try await daemon.serve { address in
            try await withFolder(["a.wav": "", "my file.wav": "", "dune/book.yaml": ""]) { folder in
                let shell = try await InteractiveShell.start(kind, in: folder)
                for (typed, completed) in [
                    ("packctl cr", "eate "),
                    // The address has a colon, and bash breaks words at colons.
                    ("packctl --address \(address) cr", "eate "),
                    ("packctl --address=\(address) cr", "eate "),
                    ("packctl create --address \(address) --gen", "erate-missing "),
                    ("packctl create --address \(address) the-k", "not-keeper "),
                    ("packctl create --address=\(address) the-t", "ide-tables "),
                    ("packctl create --address \"\(address)\" the-k", "not-keeper "),
                    ("packctl --json --address \(address) create the-k", "not-keeper "),
                    // A project is not completed as a file, though there is a folder of its name.
                    ("packctl download --address \(address) --all du", "ne "),
                    ("packctl create dune --platform k", "obo "),
                    ("packctl create dune --platform=k", "obo "),
                    ("packctl create dune --platform kobo --platform ap", "ple "),
                    ("packctl import du", "ne/"),
                    ("packctl download x -o a", ".wav "),
                    ("packctl download x -o my\\ f", "ile.wav "),
                    ("packctl health --address unix:\(folder)/a", ".wav "),
                    ("packctl --address unix:\(folder)/a", ".wav "),
                    // zsh removes the "=" again when a space is typed.
                    (
                        "packagingd serve --listen unix:\(folder)/d.sock --drain",
                        kind == .zsh ? "-seconds=" : "-seconds "
                    ),
                    ("packagingd serve --listen unix:\(folder)/a", ".wav "),
                ] {
                    try await expect(shell, typed, typed + completed)
                }
                await shell.end()
            }
        }
    }

    @Test("bash gets names as words: a colon stays, text that would be run is quoted, and no trap is left behind")
    func names() async throws {
        let daemon = ScriptedDaemon {
            $0.projects = ["a:b", "x$(touch pwned)"].map { Project(id: $0 + "-id", slug: $0) }
        }
        try await daemon.serve { address in
            try await withFolder(["my file.wav": ""]) { folder in
                let shell = try await InteractiveShell.start(.bash, in: folder)
                let create = "packctl create --address \(address) "
                try await expect(shell, create + "a", create + "a:b ")
                try await expect(shell, create + "a:", create + "a:b ")
                try await expect(shell, create + "\"a:", create + "\"a:b\" ")
                try await expect(shell, create + "x", create + "x\\$\\(touch\\ pwned\\) ")
                #expect(!FileManager.default.fileExists(atPath: folder + "/pwned"))
                try await expect(shell, "packctl rules >my", "packctl rules >my\\ file.wav ")
                try await expect(shell, "packctl rules 2>/dev/null sp", "packctl rules 2>/dev/null spotify ")
                try await expect(shell, "packctl inspect \"my f", "packctl inspect \"my file.wav\" ")
                try await shell.run("trap -p RETURN >trap")
                #expect(try String(contentsOfFile: folder + "/trap", encoding: .utf8) == "")
                await shell.end()
            }
        }
    }

    /// Presses Tab in `shell` behind `typed`, and expects the line to become `completed`. Tab is pressed again while
    /// the line differs: a completion waits a second and a half for a daemon, and this process, which is the daemon,
    /// may need longer to get processor time.
    private func expect(
        _ shell: InteractiveShell,
        _ typed: String,
        _ completed: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var line = try await shell.tab(behind: typed)
        let deadline = ContinuousClock.now + .seconds(30)
        while line != completed, ContinuousClock.now < deadline { line = try await shell.tab(behind: typed) }
        #expect(line == completed, sourceLocation: sourceLocation)
    }

    /// Presses Tab behind `words` in bash, and expects the proposals `expected`. Both lists are sorted.
    ///
    /// Tab is pressed again while nothing is proposed: a completion waits a second and a half for a daemon, and this
    /// process, which is the daemon, may need longer to get processor time.
    private func expect(
        _ words: [String],
        address: String = "/nonexistent/d.sock",
        proposes expected: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let tab = """
            set -u
            source <("$1" --generate-completion-script bash)
            COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*"
            COMP_POINT=${#COMP_LINE}
            registered=$(complete -p packctl)
            function=${registered##*-F }
            set +u
            "${function%% *}" packctl "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        let press = {
            try await bash(
                tab,
                [PseudoTerminal.built("packctl")] + words,
                environment: ["PACKAGING_ADDRESS": address]
            ).split(separator: "\n").map(String.init).sorted()
        }
        var proposed = try await press()
        let deadline = ContinuousClock.now + .seconds(120)
        while proposed.isEmpty, !expected.isEmpty, ContinuousClock.now < deadline { proposed = try await press() }
        #expect(proposed == expected, "\(words)", sourceLocation: sourceLocation)
    }
}
