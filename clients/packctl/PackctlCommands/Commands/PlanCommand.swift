internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages

/// `packctl plan PROJECT`
struct PlanCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Tell what packaging would build, and what platforms would refuse.",
        discussion: """
            Names, lengths and sizes are those that the packages will have; nothing is encoded for it.

            EXAMPLES
              packctl plan the-knot-keeper
              packctl plan the-knot-keeper --json
            """
    )

    @Argument(help: "The project's id or slug.", completion: Completion.projects)
    var project: String

    @OptionGroup var global: GlobalOptions

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        let plans = try await client.planPackages(PlanPackagesRequest(project: project))
        show(plans, on: console) { plans.plans.flatMap(Self.lines) }
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
}
