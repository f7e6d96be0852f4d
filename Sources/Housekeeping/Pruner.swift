package import Logging
import Model
package import Store

/// Removes rows about the past that were kept long enough: events, ended jobs with their attempts and batches, answers
/// to requests, and the rows about deleted bytes. How long that is, is a setting of the database.
///
/// Every daemon runs a pruner, and any number may run at once. Each step is a transaction of its own that removes a
/// bounded number of rows and skips what others have locked, so that no claim and no call waits for it.
package struct Pruner: Sendable {
    /// The numbers of rows that a round removed.
    package struct Round: Sendable, Hashable {
        /// Events.
        package var events = 0
        /// Jobs, with their attempts and batches.
        package var jobs = HistoryStore.RemovedJobs()
        /// Answers to requests.
        package var requests = 0
        /// Rows about deleted bytes.
        package var objects = 0
        /// Entries of the audit, and revocations of tokens that have ended.
        package var audit = 0

        /// Whether there was nothing to do. Otherwise there may be more.
        package var isIdle: Bool { self == Round() }
    }

    // Each number of rows takes some hundredths of a second.

    /// The most events that a step removes.
    package static let eventsAtOnce = 1000
    /// The most jobs that a step removes: fewer, because with a job its batch goes, with the plan, and every table that
    /// may refer to the job is looked at.
    package static let jobsAtOnce = 100
    /// The most answers to requests, and the most rows about deleted bytes, that a step removes.
    package static let rowsAtOnce = 1000

    private let history: HistoryStore
    private let logger: Logger
    private let pause: @Sendable (Round) async throws -> Void

    /// A pruner of the rows in `history`.
    ///
    /// - Parameter pause: Waits from one round to the next. The default is a tenth of a second after a round that found
    ///   something, because the database has other work too, and else about a minute with a random part.
    package init(
        history: HistoryStore,
        logger: Logger,
        pause: @escaping @Sendable (Round) async throws -> Void = { last in
            try await Task.sleep(for: (last.isIdle ? .seconds(60) : .milliseconds(100)) * Double.random(in: 0.8...1.2))
        }
    ) {
        self.history = history
        self.logger = logger
        self.pause = pause
    }

    /// Runs rounds until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            let round = await round()
            do { try await pause(round) } catch { return }
        }
    }

    /// Runs one round: one step of each kind. Failures are logged, and the next round does that work again.
    @discardableResult
    package func round() async -> Round {
        var round = Round()
        await logger.attempt("remove events") {
            round.events = try await history.removeEvents(limit: Self.eventsAtOnce)
        }
        await logger.attempt("remove jobs") { round.jobs = try await history.removeJobs(limit: Self.jobsAtOnce) }
        await logger.attempt("remove requests") {
            round.requests = try await history.removeRequests(limit: Self.rowsAtOnce)
        }
        await logger.attempt("remove objects") {
            round.objects = try await history.removeObjects(limit: Self.rowsAtOnce)
        }
        await logger.attempt("remove entries of the audit") {
            round.audit = try await history.removeAudit(limit: Self.rowsAtOnce)
        }
        if !round.isIdle {
            logger.info(
                "removed old rows",
                metadata: [
                    "events": "\(round.events)", "jobs": "\(round.jobs.jobs)", "attempts": "\(round.jobs.attempts)",
                    "batches": "\(round.jobs.batches)", "requests": "\(round.requests)", "objects": "\(round.objects)",
                    "audit": "\(round.audit)",
                ]
            )
        }
        return round
    }
}
