internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages

/// `packctl readiness PROJECT`
struct ReadinessCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "readiness",
        abstract: "Tell for each platform whether a project can be packaged, and what is missing.",
        discussion: """
            Only what is not met is listed. Exit code 0 when every enabled platform is ready, 5 otherwise.

            EXAMPLES
              packctl readiness the-knot-keeper
              packctl readiness the-knot-keeper --json
            """
    )

    @Argument(help: "The project's id or slug.", completion: Completion.projects)
    var project: String

    @OptionGroup var global: GlobalOptions

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        let readiness = try await client.checkReadiness(CheckReadinessRequest(project: project))
        show(readiness, on: console) { Self.lines(readiness) }
        return readiness.overallReady ? .done : .notReady
    }

    static func lines(_ readiness: Readiness) -> [String] {
        var lines: [String] = []
        if let stats = readiness.completionStats {
            lines.append(
                "\(stats.segmentsWithAudio) of \(Quantities.count(stats.totalSegments, "segment")) and "
                    + "\(stats.chaptersWithCompleteAudio) of \(Quantities.count(stats.totalChapters, "chapter")) have audio "
                    + "(\(stats.percentComplete)%)"
            )
        }
        for platform in readiness.platforms {
            let verdict = platform.ready ? "ready" : "not ready"
            lines.append("\(platform.id)  \(platform.enabled ? verdict : "\(verdict), not enabled")")
            for requirement in platform.requirements where !requirement.met {
                lines.append("  \(requirement.id): \(requirement.details.isEmpty ? "not met" : requirement.details)")
            }
        }
        // The same for every platform, and no obstacle.
        if let audio = readiness.platforms.first?.requirements.first(where: { $0.id == "audio" }), audio.met,
            !audio.details.isEmpty
        {
            lines.append("audio: \(audio.details)")
        }
        return lines.map(\.printable)
    }
}
