package import ArgumentParser

/// The scripts with which shells complete the command lines of our programs. They are ArgumentParser's scripts,
/// corrected where ArgumentParser splits the command line into other words than the shell.
package struct CompletionScript {
    private let command: any ParsableCommand.Type
    private let name: String
    private let leadingOptions: [String]
    private let leadingFlags: [String]

    /// The scripts for `command`.
    ///
    /// - Parameters:
    ///   - name: The program's name.
    ///   - leadingOptions: Options of every subcommand, with a file as their value, that may also stand before the
    ///     subcommand.
    ///   - leadingFlags: Flags that may also stand before the subcommand.
    package init(
        for command: any ParsableCommand.Type,
        name: String,
        leadingOptions: [String] = [],
        leadingFlags: [String] = []
    ) {
        self.command = command
        self.name = name
        self.leadingOptions = leadingOptions
        self.leadingFlags = leadingFlags
    }

    /// The script that a command line asks for; nil if it asks for none, or names a shell that is not known.
    package func requested(by arguments: [String]) -> String? {
        let option = "--generate-completion-script"
        let shell: CompletionShell? =
            switch arguments {
            case [option]: .autodetected()
            case [option, arguments.last]: arguments.last.flatMap { CompletionShell(rawValue: $0) }
            default:
                arguments.count == 1 && arguments[0].hasPrefix(option + "=")
                    ? CompletionShell(rawValue: String(arguments[0].dropFirst(option.count + 1))) : nil
            }
        return shell.map(text(for:))
    }

    /// The script for `shell`.
    package func text(for shell: CompletionShell) -> String {
        let script = command.completionScript(for: shell)
        return switch shell {
        // A shell reads the script as a part of itself and never executes it, so the first line is removed.
        case .bash: script.trimmingPrefix("#!/bin/bash\n") + "\n\n" + bash
        case .zsh: zsh(script.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
        case .fish: fish(script.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
        default: script
        }
    }

    /// Functions that replace some of ArgumentParser's, and one that rejoins the words before the others read them.
    private var bash: String {
        String(decoding: PackageResources.line_bash, as: UTF8.self)
            .replacing("LEADING_OPTIONS", with: leadingOptions.joined(separator: " "))
            .replacing("LEADING_FLAGS", with: leadingFlags.joined(separator: " "))
            .replacing("PROGRAM", with: name)
    }
}

// Zsh and fish see the right words. In their scripts, each change concerns a single line.
extension CompletionScript {
    /// Lets an option and its value be one word, lets a path follow "unix:", and lets options stand before the
    /// subcommand.
    private func zsh(_ script: [String]) -> String {
        var lines = script.map(joiningValue)
        let leading = (leadingOptions + leadingFlags).compactMap { name in
            lines.first { line in
                let spec = line.drop { $0 == " " }
                return ["=[", "[", "'"].contains { spec.hasPrefix("'\(name)\($0)") }
            }
        }
        if let root = lines.firstIndex(of: "    local -ar arg_specs=(") {
            lines.insert(contentsOf: leading, at: root + 1)
        }
        return lines.joined(separator: "\n")
            // Quotes belong to the shell's syntax and are removed. Errors are hidden from a user who is typing.
            .replacing(#""${command_line[@]}")"}"#, with: #""${(@Q)command_line}" 2>/dev/null)"}"#)
    }

    /// Changes a line of zsh that specifies an option with a value; returns any other line unchanged.
    private func joiningValue(_ line: String) -> String {
        let spec = line.drop { $0 == " " }
        guard let help = spec.firstIndex(of: "["), spec.contains("]:") else { return line }
        var changed = line
        if spec.hasPrefix("'--") || spec.hasPrefix("'*--") {
            changed.insert("=", at: help)
        } else {
            changed = changed.replacing("}'[", with: "=}'[")
        }
        let isAddress = ["'--address=", "'--listen=", "'*--listen="].contains { changed.contains($0) }
        return isAddress ? changed.replacing(":_files'", with: #":{compset -P "unix?"; _files}'"#) : changed
    }

    /// Lets options stand before the subcommand.
    private func fish(_ script: [String]) -> String {
        var lines = script
        let parse = "        __\(name)_parse_subcommand 0"
        if let root = lines.firstIndex(where: { $0.hasPrefix(parse) }) {
            let specifications =
                leadingOptions.map { " '\($0.dropFirst(2))='" } + leadingFlags.map { " '\($0.dropFirst(2))'" }
            lines[root] = parse + specifications.joined() + lines[root].dropFirst(parse.count)
        }
        for leading in leadingOptions + leadingFlags {
            let long = leading.dropFirst(2)
            // The specification is taken from the first subcommand that has the option.
            guard let line = lines.first(where: { $0.contains(" \(long)' -l '\(long)' ") }),
                let start = line.firstRange(of: "\"\(name) "),
                let end = line[start.upperBound...].firstIndex(of: "\"")
            else { continue }
            lines.append(line.replacingCharacters(in: start.lowerBound...end, with: "\"\(name)\""))
        }
        return lines.joined(separator: "\n")
            .replacing("command $tokens[1] $argv $tokens", with: "command $tokens[1] $argv $tokens 2>/dev/null")
    }
}

extension String {
    fileprivate func replacingCharacters(in range: ClosedRange<Index>, with text: String) -> String {
        self[..<range.lowerBound] + text + self[index(after: range.upperBound)...]
    }
}
