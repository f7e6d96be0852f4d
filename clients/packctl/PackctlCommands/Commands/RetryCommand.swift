internal import ArgumentParser
internal import PackagingClient
internal import Wire

/// `packctl retry JOB`
struct RetryCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "retry", abstract: "Queue a failed job again.")

    @Argument(help: "The job's id.")
    var job: String

    @OptionGroup var global: GlobalOptions

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        let job = try await client.retryJob(RetryJobRequest(jobID: self.job))
        show(job, on: console) { JobCommand.lines(job, time: TimeText()) }
        return .done
    }
}
