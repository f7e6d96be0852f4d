internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages

/// `packctl cancel JOB|BATCH`
struct CancelCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "Stop a job, or all jobs of a batch.",
        discussion: """
            A queued job is cancelled at once; a running one stops within moments, and "cancelling" is printed for it. A job \
            that has ended stays as it is. What was packaged before stays, too.

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
        show(reply, on: console) {
            reply.jobs.map { "\($0.platformID)  \($0.outcomeOfCancelling)  \($0.id)".printable }
        }
        return .done
    }
}

extension Job {
    /// What cancelling has done to the job. A running job ends a moment after the reply.
    fileprivate var outcomeOfCancelling: String {
        switch status {
        case .cancelled: "cancelled"
        case .completed, .failed: "\(status.words) already"
        default: "cancelling"
        }
    }
}
