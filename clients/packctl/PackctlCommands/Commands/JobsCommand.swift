internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages

/// `packctl jobs PROJECT`
struct JobsCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs",
        abstract: "List a project's jobs, newest first.",
        discussion: """
            EXAMPLES
              packctl jobs the-knot-keeper
              packctl jobs the-knot-keeper --json
            """
    )

    @Argument(help: "The project's id or slug.", completion: Completion.projects)
    var project: String

    @OptionGroup var global: GlobalOptions

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        let jobs = try await allPages { token in
            let page = try await client.listJobs(ListJobsRequest(project: project, pageToken: token))
            return (page.jobs, page.nextPageToken)
        }
        show(ListJobsReply(jobs: jobs), on: console) { Self.lines(jobs, time: TimeText(), layout: console.layout) }
        return .done
    }

    static func lines(_ jobs: [Job], time: TimeText, layout: Table.Layout = .complete) -> [String] {
        guard !jobs.isEmpty else { return ["no jobs; start some with \"packctl create PROJECT\""] }
        var table = Table(
            .init(heading: "PLATFORM"),
            .init(heading: "STATUS"),
            .init(heading: "DONE", isNumber: true),
            .init(heading: "CREATED", givesWay: .leftOut(rank: 2)),
            .init(heading: "JOB", givesWay: .ownLine(rank: 3)),
            .init(heading: "WHAT", givesWay: .ownLine(rank: 1))
        )
        for job in jobs {
            table.add(
                job.platformID,
                job.status.words,
                "\(job.progressPercent)%",
                job.createdAt.map { time.relative($0.date) } ?? "-",
                job.id,
                (job.errorMessage.isEmpty ? job.currentStep : job.errorMessage).orDash
            )
        }
        return table.lines(layout)
    }
}
