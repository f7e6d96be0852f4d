internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages

/// `packctl projects`
struct ProjectsCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "projects",
        abstract: "List the books, newest first.",
        discussion: """
            EXAMPLES
              packctl projects
              packctl projects --json
            """
    )

    @OptionGroup var global: GlobalOptions

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        let projects = try await allPages { token in
            let page = try await client.listProjects(ListProjectsRequest(pageToken: token))
            return (page.projects, page.nextPageToken)
        }
        show(ListProjectsReply(projects: projects), on: console) {
            Self.lines(projects, time: TimeText(), layout: console.layout)
        }
        return .done
    }

    static func lines(_ projects: [Project], time: TimeText, layout: Table.Layout = .complete) -> [String] {
        guard !projects.isEmpty else { return ["no projects; make one with \"packctl import DIR\""] }
        var table = Table(
            .init(heading: "SLUG"),
            .init(heading: "CHAPTERS", isNumber: true, givesWay: .leftOut(rank: 3)),
            .init(heading: "WITH AUDIO", isNumber: true, givesWay: .leftOut(rank: 4)),
            .init(heading: "LENGTH", isNumber: true, givesWay: .leftOut(rank: 2)),
            .init(heading: "UPDATED", givesWay: .leftOut(rank: 1)),
            .init(heading: "TITLE", givesWay: .cut(to: 16))
        )
        for project in projects {
            table.add(
                project.slug,
                "\(project.totalChapters)",
                "\(project.segmentsWithAudio) of \(project.totalSegments)",
                Quantities.length(seconds: project.audioSeconds),
                project.updatedAt.map { time.relative($0.date) } ?? "-",
                project.metadata?.title ?? ""
            )
        }
        return table.lines(layout)
    }
}
