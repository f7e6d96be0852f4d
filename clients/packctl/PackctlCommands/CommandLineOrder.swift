internal import Completions

/// Allows the global options before the command as well as after it.
enum CommandLineOrder {
    private static let withValue = ["--address", "--token-file"]
    private static let withoutValue = ["--json"]

    /// Completion scripts that offer these options before the command.
    static var completions: CompletionScript {
        CompletionScript(
            for: RootCommand.self,
            name: "packctl",
            leadingOptions: withValue,
            leadingFlags: withoutValue
        )
    }

    /// Moves leading global options after the command's name: `--json jobs p` becomes `jobs --json p`.
    ///
    /// ArgumentParser assigns an option to one command only, but users write these options anywhere.
    static func commandFirst(_ arguments: [String]) -> [String] {
        var moved: [String] = []
        var rest = arguments[...]
        while let next = rest.first {
            if withoutValue.contains(next) || withValue.contains(where: { next.hasPrefix($0 + "=") }) {
                moved.append(rest.removeFirst())
            } else if withValue.contains(next), rest.count > 1 {
                moved += [rest.removeFirst(), rest.removeFirst()]
            } else {
                break
            }
        }
        guard let command = rest.first, !command.hasPrefix("-") else { return moved + rest }
        return [command] + moved + rest.dropFirst()
    }
}
