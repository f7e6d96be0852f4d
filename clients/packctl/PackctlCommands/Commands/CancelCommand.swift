internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages

/// `packctl cancel JOB|BATCH`
struct CancelCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Stop a job, or all jobs of a batch.",
        discussion: """
            A job that has ended stays as it is. What was packaged before stays, too.

            EXAMPLES
              packctl cancel 2b0c7a4e-54b7-4d0f-8c9a-6a3a7d1f0e21
            """
    )

    @Argument(help: ArgumentHelp("The id of a job or of a batch.", valueName: "job-or-batch"))
    var id: String

    @OptionGroup var global: GlobalOptions

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        let isJob = try await client.job(id) != nil
        let request = CancelJobRequest(target: isJob ? .jobID(id) : .batchID(id))
        let reply = try await Complaint.ifNothing(isJobOrBatch: id) { try await client.cancelJob(request) }
        show(reply, on: console) { reply.jobs.map { "\($0.platformID)  \($0.status.words)  \($0.id)".printable } }
        return .done
    }
}
