internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages

/// `packctl plan PROJECT`
struct PlanCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Tell what packaging would build, and what platforms would refuse.",
        discussion: """
            Names, lengths and sizes are those that the packages will have; nothing is
            encoded for it. With --changes it tells instead what "create" would do now:
            which packages it would leave, and which chapters it would encode or copy
            for the others, and why.

            EXAMPLES
              packctl plan the-knot-keeper
              packctl plan the-knot-keeper --platform kobo --json
              packctl plan the-knot-keeper --changes
            """
    )

    @Argument(help: "The project's id or slug.", completion: Completion.projects)
    var project: String

    @Option(
        name: .customLong("platform"),
        help: ArgumentHelp(
            "Only this platform; may be repeated. The project's enabled platforms otherwise.",
            valueName: "p"
        ),
        completion: Completion.platforms
    )
    var platforms: [String] = []

    @Flag(help: "Tell what \"create\" would encode, copy or leave, and why.")
    var changes = false

    @OptionGroup var global: GlobalOptions

    func checkArguments() throws {
        for platform in platforms { try PlatformName.check(platform) }
    }

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        let plans = try await client.planPackages(
            PlanPackagesRequest(project: project, platformIDs: platforms, includeChanges: changes)
        )
        show(plans, on: console) {
            changes
                ? plans.plans.flatMap { Self.changeLines($0, layout: console.layout) } : plans.plans.flatMap(Self.lines)
        }
        return .done
    }

    static func lines(_ plan: PackagePlan) -> [String] {
        let size = (plan.sizeIsExact ? "" : "at most ") + Quantities.size(plan.sizeBytes)
        let length = Quantities.length(seconds: plan.durationSeconds)
        var lines = ["\(plan.platformID)  \(plan.fileName)  \(size)  \(length)"]
        lines += plan.rejections.map { "  would be refused: \($0)" }
        lines += plan.files.map { file in
            "  \(file.name)  \(Quantities.size(file.sizeBytes))"
                + (file.durationSeconds > 0 ? "  \(Quantities.length(seconds: file.durationSeconds))" : "")
        }
        return lines.map(\.printable)
    }

    // MARK: --changes

    /// What would be done for a package: a line for it, its reasons, and a line for each chapter with its own reasons. Titles
    /// are cut only where the lines go to a terminal.
    static func changeLines(_ plan: PackagePlan, layout: Table.Layout = .complete) -> [String] {
        let width = layout.width ?? .max
        guard let changes = plan.changes else { return ["\(plan.platformID.printable)  this daemon cannot tell it"] }
        var lines = ["\(plan.platformID)  \(changes.summary)".printable]
        lines += changes.reasons.map { "  " + $0.printable }
        let digits = changes.chapters.map { "\($0.number)".count }.max() ?? 0
        for chapter in changes.chapters {
            let number = "\(chapter.number)".paddedLeft(to: digits)
            let head = "  \(number)  \((chapter.action.word ?? "-").padded(to: 6))  "
            lines.append((head + chapter.title.printable).truncated(to: width))
            // What concerns every chapter was told above.
            for reason in chapter.reasons where !changes.reasons.contains(reason) {
                lines.append(String(repeating: " ", count: head.count + 2) + reason.printable)
            }
        }
        return lines
    }
}

extension PlannedChanges {
    /// The package's action in words.
    fileprivate var summary: String {
        let encoded = chapters.count { $0.action == .encode }
        let copied = chapters.count { $0.action == .copy }
        switch action {
        case .leave: return "is up to date: package \(packageID)"
        case .copy: return "new version: nothing to encode, \(Quantities.count(copied, "chapter")) copied"
        default:
            let copies = copied > 0 ? ", \(copied) copied" : ""
            return "new version: \(Quantities.count(encoded, "chapter")) encoded\(copies)"
        }
    }
}
