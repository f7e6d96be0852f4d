internal import Completions

/// Lets the options of every command stand before the command too.
enum CommandLineOrder {
    private static let withValue = ["--address", "--token-file"]
    private static let withoutValue = ["--json"]

    /// Completion scripts, which know that these may stand before the command.
    static var completions: CompletionScript {
        CompletionScript(
            for: RootCommand.self,
            name: "packctl",
            leadingOptions: withValue,
            leadingFlags: withoutValue
        )
    }

    /// Moves leading options of every command behind the command's name: `--json jobs p` becomes `jobs --json p`.
    ///
    /// ArgumentParser gives an option to one command only, while users write these where they like.
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
