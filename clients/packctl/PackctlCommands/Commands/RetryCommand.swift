internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages

/// `packctl retry JOB`
struct RetryCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Queue a failed or a cancelled job again.",
        discussion: """
            The job keeps its id and its plan, and gets new attempts.

            EXAMPLES
              packctl retry 2b0c7a4e-54b7-4d0f-8c9a-6a3a7d1f0e21
              packctl watch 2b0c7a4e-54b7-4d0f-8c9a-6a3a7d1f0e21
            """
    )

    @Argument(help: "The job's id.")
    var job: String

    @OptionGroup var global: GlobalOptions

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        let job = try await client.retryJob(RetryJobRequest(jobID: self.job))
        show(job, on: console) { JobCommand.lines(job, time: TimeText()) }
        return .done
    }
}
