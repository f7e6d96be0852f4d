import Foundation
import Testing
import Wire

@testable import PackctlCommands

@Suite("Shell completion")
struct CompletionTests {
    @Test(
        "bash proposes commands, options, stores, files and folders where they are wanted",
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

    @Test("projects are proposed from the daemon that the words or the environment name")
    func projects() async throws {
        let daemon = ScriptedDaemon {
            $0.projects = ["the-knot-keeper", "the-tide-tables", "dune"].map { Project(id: $0 + "-id", slug: $0) }
        }
        try await daemon.serve { address in
            let the = ["the-knot-keeper", "the-tide-tables"]
            // Without "unix:", for bash breaks words at a colon.
            let path = String(address.trimmingPrefix("unix:"))
            try await expect(["create", "the"], address: address, proposes: the)
            try await expect(["readiness", "--address", path, "the"], proposes: the)
            try await expect(["download", "--all", "d"], address: address, proposes: ["dune"])
            try await expect(["delete", ""], address: address, proposes: ["dune"] + the)
        }
    }

    @Test("where there is no daemon, nothing is proposed and nothing is said")
    func silent() async throws {
        try await expect(["create", ""], proposes: [])
        try await expect(["create", ""], address: "nowhere", proposes: [])
        try await expect(["create", "--token-file", "/nonexistent", ""], proposes: [])
    }

    @Test("there are scripts for zsh and fish that know the stores", arguments: ["zsh", "fish"])
    func otherShells(_ shell: String) async {
        let script = await packctl("--generate-completion-script", shell)
        #expect(script.status == .done)
        #expect(script.out.contains("kobo"))
        #expect(script.out.contains("packctl"))
    }

    /// Presses Tab behind `words` in bash, which is to propose `expected`, here in order.
    ///
    /// Tab is pressed again where nothing comes: it waits a second and a half for a daemon, and this process, which is the
    /// daemon, may wait longer for its turn.
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
