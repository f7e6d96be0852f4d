import ArgumentParser
import Foundation
import Testing

@testable import PackctlCommands

@Suite("Help")
struct HelpTests {
    private static let commands = RootCommand.configuration.groupedSubcommands.flatMap(\.subcommands)
    /// A command of a group, and the words that name it.
    private struct Nested {
        var words: String
        var command: any ParsableCommand.Type
    }

    private static var nested: [Nested] {
        var found: [Nested] = []
        for group in commands {
            let name = group.configuration.commandName ?? ""
            for command in group.configuration.subcommands {
                found.append(Nested(words: name + " " + (command.configuration.commandName ?? ""), command: command))
            }
        }
        return found
    }

    @Test("the help of packctl and of every command matches its record, and fits 80 columns")
    func texts() throws {
        #expect(Self.commands.count == 29)
        #expect(
            Self.nested.map { $0.words }
                == ["token revoke", "user revoke"] + ["add", "list", "set", "usage"].map { "tenant \($0)" }
        )
        try Self.check(RootCommand.helpMessage(columns: 80), "packctl")
        for command in Self.commands {
            try Self.check(
                RootCommand.helpMessage(for: command, columns: 80),
                try #require(command.configuration.commandName)
            )
        }
        for nested in Self.nested {
            let name = nested.words.replacing(" ", with: "-")
            try Self.check(RootCommand.helpMessage(for: nested.command, columns: 80), name)
            let words = (nested.command as? any PackctlCommand.Type)?.words
            #expect(words == nested.words)
        }
    }

    @Test("every command has examples, and every example is a valid command line")
    func examples() async throws {
        let nested = Self.nested.map { $0.command }
        for command in [RootCommand.self] + Self.commands + nested {
            let name = command.configuration.commandName ?? ""
            let examples = Self.examples(in: command.configuration.discussion)
            #expect((1...3).contains(examples.count), "\(name)")
            for example in examples {
                let words = Self.words(example)
                #expect(words.first == "packctl")
                let inGroups = ["tenant", "token", "user"].map { $0 + " " + name }
                let isOwn = words[1] == name || inGroups.contains(words.dropFirst().prefix(2).joined(separator: " "))
                #expect(isOwn || ["packctl", "retry", "tenant"].contains(name), "\(example)")
                let parsed = try? await RootCommand.asyncParseAsRoot(Array(words.dropFirst()))
                #expect(parsed is any PackctlCommand, "\(example)")
            }
        }
    }

    @Test("every long option and every argument has a line of help")
    func everythingIsExplained() throws {
        let nested = Self.nested.map { $0.command }
        for command in Self.commands + nested {
            let help = RootCommand.helpMessage(for: command, columns: 200)
            let lines = help.split(separator: "\n")
            for (line, next) in zip(lines, lines.dropFirst() + [""])
            where line.hasPrefix("  --") || line.hasPrefix("  <") {
                // The help of a long name stands in the next line.
                let isExplained = line.contains(/\S  +\S/) || next.hasPrefix("      ")
                #expect(isExplained, "\(command.configuration.commandName ?? ""): \(line)")
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
