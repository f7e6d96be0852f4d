internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages
internal import Protobuf

/// `packctl watch JOB|BATCH`
struct WatchCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Follow a job, or all jobs of a batch, to the end.",
        discussion: """
            The story is told from its beginning. If its first steps were removed already, which happens some days after the \
            end of a job, it says so and begins with the present state. A lost connection is taken up again where it broke, also when the daemon starts \
            anew. Exit code 0 when all completed, 7 when some did, 1 when none did.

            EXAMPLES
              packctl watch 7f3c0e8a-3c62-4c1e-9d55-0a52b1a4c9de
              packctl watch 7f3c0e8a-3c62-4c1e-9d55-0a52b1a4c9de --after 42 --json
            """
    )

    @Argument(help: ArgumentHelp("The id of a job or of a batch.", valueName: "job-or-batch"))
    var id: String

    @Option(help: ArgumentHelp("Only events after this one.", valueName: "seq"))
    var after: Int64 = 0

    @OptionGroup var global: GlobalOptions

    func checkArguments() throws {
        guard after >= 0 else { throw Complaint(.usage, "--after must not be negative") }
    }

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        let watcher = Watcher(client: client, console: console, json: global.json)
        var board = JobBoard()
        // The id alone does not show what it names. The job is looked up, because that is cheap.
        var target = WatchJobRequest.Target.batchID(id)
        if let job = try await client.job(id) {
            target = .jobID(id)
            board = JobBoard(jobIDs: [job.platformID: job.id])
        }
        board = try await Complaint.ifNothing(isJobOrBatch: id) {
            try await watcher.follow(target, board: board, after: after, name: id)
        }
        if !global.json {
            for row in board.rows { console.result(Watcher.resultLine(row)) }
        }
        return board.outcome
    }
}

extension Complaint {
    /// Runs `body`. If it finds no batch, the error says that `id` is neither a job nor a batch, because no job was
    /// found before.
    static func ifNothing<Value>(isJobOrBatch id: String, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as PackagingError where error.code == .notFound {
            throw Complaint(
                .notFound,
                "neither a job nor a batch \"\(id)\" exists",
                hint: "List a project's jobs with \"packctl jobs PROJECT\"."
            )
        }
    }
}

extension PackagingClient {
    /// The job `id`; nil if there is none.
    func job(_ id: String) async throws(PackagingError) -> Job? {
        do throws(PackagingError) {
            return try await getJob(GetJobRequest(jobID: id))
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }
}
