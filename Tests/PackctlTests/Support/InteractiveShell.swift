import Foundation

/// A shell at a terminal with the completions of our programs, as a user has it.
struct InteractiveShell {
    enum Kind: String, CaseIterable, CustomStringConvertible {
        case bash, zsh, fish

        var description: String { rawValue }

        /// The arguments that start the shell without the configuration of the user or of the system.
        fileprivate var arguments: [String] {
            switch self {
            case .bash: ["--norc", "--noprofile", "-i"]
            case .zsh: ["-f", "-i"]
            case .fish: ["--no-config", "--private", "-i"]
            }
        }

        /// Commands that bind Ctrl-X and load the scripts in the folder `scripts`. Ctrl-X shows the typed line and
        /// begins a new one.
        fileprivate var setup: String {
            switch self {
            case .bash:
                """
                show() { printf 'LINE<%s>\\n' "$READLINE_LINE"; READLINE_LINE= READLINE_POINT=0; }
                bind -x '"\\C-x": show'
                for script in scripts/*; do source $script; done
                """
            case .zsh:
                """
                show() { print -r -- "LINE<$BUFFER>"; BUFFER=; zle reset-prompt }
                zle -N show; bindkey -e; bindkey '^X' show
                fpath=($PWD/scripts $fpath); autoload -Uz compinit; compinit -D -u
                """
            case .fish:
                """
                function show; echo LINE"<"(commandline -b)">"; commandline -r ''; end; bind \\cx show
                set -g fish_autosuggestion_enabled 0; for script in scripts/*; source $script; end
                """
            }
        }

        /// The name of the file with a program's completions, under which the shell finds it.
        fileprivate func script(of program: String) -> String { self == .zsh ? "_\(program)" : program }
    }

    private let terminal: PseudoTerminal

    /// Starts a shell in `folder`, whose environment names no daemon.
    static func start(_ kind: Kind, in folder: String) async throws -> InteractiveShell {
        for program in ["packctl", "packagingd"] {
            let script = try await bash(
                #""$1" --generate-completion-script "$2""#,
                [PseudoTerminal.built(program), kind.rawValue]
            )
            let scripts = URL(fileURLWithPath: folder).appendingPathComponent("scripts")
            try FileManager.default.createDirectory(at: scripts, withIntermediateDirectories: true)
            try Data(script.utf8).write(to: scripts.appendingPathComponent(kind.script(of: program)))
        }
        let programs = URL(fileURLWithPath: PseudoTerminal.built("packctl")).deletingLastPathComponent().path
        let terminal = try await PseudoTerminal.start(
            ["--chdir", folder, kind.rawValue] + kind.arguments,
            of: "/usr/bin/env",
            columns: 400,
            environment: [
                "PATH": "\(programs):/usr/bin:/bin", "HOME": folder, "TERM": "dumb", "INPUTRC": "/dev/null",
                "PACKAGING_ADDRESS": "/nonexistent/d.sock",
            ]
        )
        let shell = InteractiveShell(terminal: terminal)
        // Until the shell reads the terminal, the kernel keeps and edits the typed lines.
        for line in kind.setup.split(separator: "\n") { terminal.type(line + "\n") }
        terminal.type("echo 'LINE<'ready'>'\n")
        try await terminal.wait { _ in shell.shown.contains("ready") }
        return shell
    }

    /// Types `line` and Tab, and returns the line that results.
    func tab(behind line: String) async throws -> String {
        let before = shown.count
        terminal.type(line + "\t\u{18}")
        try await terminal.wait { _ in shown.count > before }
        return shown[before]
    }

    /// Runs a command line.
    func run(_ line: String) async throws {
        let before = shown.count
        terminal.type(line + "; echo 'LINE<''>'\n")
        try await terminal.wait { _ in shown.count > before }
    }

    /// Ends the shell.
    func end() async {
        terminal.type("exit\n")
        _ = await terminal.exitCode()
    }

    /// The lines that Ctrl-X has shown. The typed commands that show a line are also on the terminal, and begin like
    /// one.
    private var shown: [String] {
        let line = /LINE<((?:(?!LINE<).)*?)>\r?\n/.dotMatchesNewlines().matchingSemantics(.unicodeScalar)
        return terminal.text.matches(of: line).map { String($0.1) }
    }
}
