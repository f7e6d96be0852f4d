internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages

/// `packctl job ID`
struct JobCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "job",
        abstract: "Show one job.",
        discussion: """
            EXAMPLES
              packctl job 2b0c7a4e-54b7-4d0f-8c9a-6a3a7d1f0e21
            """
    )

    @Argument(help: "The job's id.")
    var job: String

    @OptionGroup var global: GlobalOptions

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        let job = try await client.getJob(GetJobRequest(jobID: self.job))
        show(job, on: console) { Self.lines(job, time: TimeText()) }
        return .done
    }

    static func lines(_ job: Job, time: TimeText) -> [String] {
        var facts: [(String, String)] = [
            ("job", job.id), ("platform", job.platformID), ("status", job.status.words),
            ("progress", "\(job.progressPercent)%"), ("step", job.currentStep), ("error", job.errorMessage),
            ("package", job.packageID), ("attempt", job.attempt > 0 ? "\(job.attempt)" : ""),
            ("project", job.projectID), ("batch", job.batchID), ("asked by", job.createdBy),
        ]
        let times = [
            ("created", job.createdAt), ("started", job.startedAt), ("completed", job.completedAt),
            ("expected", job.completedAt == nil ? job.estimatedCompletionAt : nil),
        ]
        for case (let name, let at?) in times { facts.append((name, time.relative(at.date))) }
        return facts.filter { !$0.1.isEmpty }.map { $0.0.padded(to: 9) + "  " + $0.1.printable }
    }
}
