internal import ArgumentParser
internal import Completions

/// Allows the global options before the command as well as after it.
enum CommandLineOrder {
    /// The global options that have a value.
    static let withValue = ["--address", "--token-file", "--ca-file", "--certificate", "--key", "--tenant"]
    private static let withoutValue = ["--json", "--quiet", "-q"]

    /// Completion scripts that offer these options before the command.
    static var completions: CompletionScript {
        CompletionScript(
            for: RootCommand.self,
            name: "packctl",
            leadingOptions: withValue,
            leadingFlags: withoutValue.filter { $0.hasPrefix("--") }
        )
    }

    /// Moves leading global options after the command's name: `--json jobs p` becomes `jobs --json p`, and `--json tenant
    /// list` becomes `tenant list --json`.
    ///
    /// ArgumentParser assigns an option to one command only, but users write these options anywhere.
    static func commandFirst(_ arguments: [String]) -> [String] {
        var rest = arguments[...]
        var moved = takeGlobalOptions(&rest)
        guard let command = rest.first, !command.hasPrefix("-") else { return moved + rest }
        var names = [rest.removeFirst()]
        if Packctl.subcommands(of: command) != nil {
            moved += takeGlobalOptions(&rest)
            // The group itself has no options. Alone, it prints its help.
            guard let name = rest.first, !name.hasPrefix("-") else { return names + rest }
            names.append(rest.removeFirst())
        }
        return names + moved + rest
    }

    /// Whether errors are wanted as JSON, also where the command line is wrong.
    static func asksForJSON(_ arguments: [String]) -> Bool {
        arguments.prefix { $0 != "--" }.contains("--json")
    }

    private static func takeGlobalOptions(_ rest: inout ArraySlice<String>) -> [String] {
        var taken: [String] = []
        while let next = rest.first {
            if withoutValue.contains(next) || withValue.contains(where: { next.hasPrefix($0 + "=") }) {
                taken.append(rest.removeFirst())
            } else if withValue.contains(next), rest.count > 1 {
                taken += [rest.removeFirst(), rest.removeFirst()]
            } else {
                break
            }
        }
        return taken
    }
}
