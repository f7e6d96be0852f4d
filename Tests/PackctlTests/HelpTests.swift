import ArgumentParser
import Foundation
import Testing

@testable import PackctlCommands

@Suite("Help")
struct HelpTests {
    private static let commands = RootCommand.configuration.groupedSubcommands.flatMap(\.subcommands)

    @Test("the help of packctl and of every command matches its record, and fits 80 columns")
    func texts() throws {
        #expect(Self.commands.count == 21)
        try Self.check(RootCommand.helpMessage(columns: 80), "packctl")
        for command in Self.commands {
            try Self.check(
                RootCommand.helpMessage(for: command, columns: 80),
                try #require(command.configuration.commandName)
            )
        }
    }

    @Test("every command has examples, and every example is a valid command line")
    func examples() async throws {
        for command in [RootCommand.self] + Self.commands {
            let name = command.configuration.commandName ?? ""
            let examples = Self.examples(in: command.configuration.discussion)
            #expect((1...3).contains(examples.count), "\(name)")
            for example in examples {
                let words = Self.words(example)
                #expect(words.first == "packctl")
                #expect(name == "packctl" || words[1] == name || name == "retry", "\(example)")
                let parsed = try? await RootCommand.asyncParseAsRoot(Array(words.dropFirst()))
                #expect(parsed is any PackctlCommand, "\(example)")
            }
        }
    }

    @Test("every long option and every argument has a line of help")
    func everythingIsExplained() throws {
        for command in Self.commands {
            let help = RootCommand.helpMessage(for: command, columns: 200)
            for line in help.split(separator: "\n") where line.hasPrefix("  --") || line.hasPrefix("  <") {
                #expect(line.contains(/\S  +\S/), "\(command.configuration.commandName ?? ""): \(line)")
            }
        }
    }

    private static func check(_ help: String, _ name: String) throws {
        // The usage is one line, however long it is.
        for line in help.split(separator: "\n") where !line.hasPrefix("USAGE: ") {
            #expect(line.count <= 80, "\(name): \(line)")
        }
        try expectSnapshot(help + "\n", "help/\(name).txt")
    }

    /// The command lines below "EXAMPLES". A line that is continued counts as one.
    private static func examples(in discussion: String) -> [String] {
        let lines = Array(discussion.split(separator: "\n").drop { !$0.hasPrefix("EXAMPLE") }.dropFirst())
        let indented = lines.prefix { $0.hasPrefix("  ") }.joined(separator: "\n").replacing("\\\n", with: "")
        return indented.split(separator: "\n").compactMap { line in
            // An example may use packctl inside another command.
            guard let start = line.firstRange(of: "packctl ")?.lowerBound else { return nil }
            let rest = String(line.suffix(from: start))
            return rest.split(separator: ")").first.map(String.init)
        }
    }

    /// The words of a command line as a shell splits it; quotes are double.
    private static func words(_ line: String) -> [String] {
        line.split(separator: "\"", omittingEmptySubsequences: false).enumerated().flatMap { index, part in
            index.isMultiple(of: 2) ? part.split(separator: " ").map(String.init) : [String(part)]
        }
    }
}
