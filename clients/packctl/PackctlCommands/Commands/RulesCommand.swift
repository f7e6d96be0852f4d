internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages

/// `packctl rules [PLATFORM]`
struct RulesCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules",
        abstract: "Show the platforms' rules, with source and date.",
        discussion: """
            EXAMPLES
              packctl rules
              packctl rules acx
            """
    )

    @Argument(help: "Only this platform's.", completion: Completion.platforms)
    var platform = ""

    @OptionGroup var global: GlobalOptions

    func checkArguments() throws {
        if !platform.isEmpty { try PlatformName.check(platform) }
    }

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        let rules = try await client.listRules(ListRulesRequest(platformID: platform))
        show(rules, on: console) { rules.platforms.flatMap(Self.lines) }
        return .done
    }

    static func lines(_ rules: PlatformRules) -> [String] {
        var lines = ["\(rules.platformID)  \(rules.name)  \(rules.packageFormat)"]
        lines += rules.rules.map { rule in
            "  \(rule.id): \(text(rule.value)). \(rule.description) (\(rule.source), \(rule.date))"
        }
        return lines.map(\.printable)
    }

    private static func text(_ value: Scalar?) -> String {
        switch value?.value {
        case .text(let text): text
        case .number(let number): Int64(exactly: number).map(String.init) ?? "\(number)"
        case nil: "-"
        }
    }
}
