import CPQ

/// Which answer shows that the effects of statements sent together are permanent.
enum Commit {
    /// No answer: the transaction stays open.
    case none
    /// The COMMIT at this index.
    case statement(Int)
    /// The end of the pipeline. There the server commits the statements that no BEGIN preceded.
    case end
}

extension Connection {
    /// The next answer of the server. Answers come in the order of the questions.
    private enum Expected {
        case deallocated(String)
        case prepared(StatementCache.Key, name: String, statement: Int)
        case executed(StatementCache.Key, statement: Int)
        case sync(statement: Int)
    }

    private struct Answers {
        var results: [PostgresResult] = []
        var failure: (statement: Int, error: PostgresError)?
        var isComplete = false
    }

    /// Sends `statements` together and waits once for all their answers.
    ///
    /// The server stops at the first statement that fails and skips the rest. New statements are prepared in the same
    /// round trip.
    ///
    /// - Parameter heedsInterrupts: False for work that must be done even if the task was cancelled.
    func execute(
        _ statements: [SQL],
        commit: Commit = .none,
        heedsInterrupts: Bool = true
    ) throws(PostgresError) -> [PostgresResult] {
        self.heedsInterrupts = heedsInterrupts
        let expected = send(statements)
        awaitAnswer(within: configuration.answerTimeout)
        var answers = Answers()
        if isOpen { answers.isComplete = expected.allSatisfy { receive($0, into: &answers) } }
        let wasCancelled = cancellation != nil
        finishCancellation()

        // An error that answers an earlier statement proves that the commit was skipped.
        let firstUnproven =
            switch commit {
            case .none: Int.max
            case .statement(let index): index
            case .end: statements.count
            }
        if let (statement, error) = answers.failure {
            if statement >= firstUnproven, !isOpen { throw lost(duringCommit: true) }
            guard wasCancelled, error.sqlState == .queryCanceled else { throw error }
            throw PostgresError(.cancelled, "the statement was cancelled", sqlState: .queryCanceled)
        }
        let isCommitted = if case .statement(let index) = commit { answers.results.count > index } else { false }
        guard answers.isComplete || isCommitted else {
            guard case .none = commit else { throw lost(duringCommit: true) }
            guard wasCancelled else { throw lost(duringCommit: false) }
            throw PostgresError(.cancelled, "the statement was cancelled, and did not end in time")
        }
        return answers.results
    }

    /// The error for a connection that was lost while a statement was under way.
    func lost(duringCommit: Bool) -> PostgresError {
        isBroken = true
        let reason = awaited.silence.map { "no answer for \($0.inTenths)" } ?? lastMessage
        return duringCommit
            ? PostgresError(.outcomeUnknown, "lost the connection to the database during a commit: \(reason)")
            : PostgresError(.connection, "lost the connection to the database: \(reason)")
    }

    // MARK: Sending

    /// Queues everything that is to be sent. libpq sends it at the end; whatever the socket does not take then is sent
    /// during the wait for answers.
    private func send(_ statements: [SQL]) -> [Expected] {
        var expected: [Expected] = []
        // In a failed transaction the server would refuse the DEALLOCATE.
        if isIdle, !self.statements.evicted.isEmpty {
            for name in self.statements.evicted {
                check(
                    unsafe withHandle { unsafe PQsendQueryParams($0, "DEALLOCATE \(name)", 0, nil, nil, nil, nil, 1) }
                )
                expected.append(.deallocated(name))
            }
            // It takes a snapshot, after which BEGIN could not set an isolation level. So it gets a sync of its own.
            check(unsafe withHandle { unsafe PQpipelineSync($0) })
            expected.append(.sync(statement: 0))
        }
        var fresh: [StatementCache.Key: String] = [:]
        for (index, statement) in statements.enumerated() {
            let key = StatementCache.Key(statement)
            let known = self.statements.name(of: key) ?? fresh[key]
            let name = known ?? self.statements.newName()
            if known == nil {
                fresh[key] = name
                let types = key.types.map(\.rawValue)
                check(unsafe withHandle { unsafe PQsendPrepare($0, name, statement.text, CInt(types.count), types) })
                expected.append(.prepared(key, name: name, statement: index))
            }
            let formats = [CInt](repeating: 1, count: statement.parameters.count)
            let result = unsafe withParameters(statement.parameters) { values, lengths in
                unsafe withHandle {
                    unsafe PQsendQueryPrepared($0, name, CInt(formats.count), values, lengths, formats, 1)
                }
            }
            check(result)
            expected.append(.executed(key, statement: index))
        }
        check(unsafe withHandle { unsafe PQpipelineSync($0) })
        expected.append(.sync(statement: statements.count))
        return expected
    }

    /// If libpq could not queue something, questions and answers no longer match, so the connection is given up.
    private func check(_ result: CInt) {
        if result != 1 { isBroken = true }
    }

    // MARK: Receiving

    /// Reads the answer to one message.
    ///
    /// - Returns: False if the connection is lost, so that no more answers come.
    private func receive(_ expected: Expected, into answers: inout Answers) -> Bool {
        var silences = 0
        while awaitResult() {
            guard let result = nextResult() else {
                // A nil ends the results of one message. A sync has a result of its own, so there the wait goes on.
                guard case .sync = expected else { return isOpen }
                silences += 1
                guard isOpen, silences < 3 else { return false }
                continue
            }
            // The server limits the time of each statement, and so does this side.
            awaitAnswer(within: configuration.answerTimeout)
            switch (expected, result.status) {
            case (.sync, PGRES_PIPELINE_SYNC):
                return true
            case (.deallocated(let name), _):
                statements.deallocated(name)
            case (.prepared(let key, let name, _), PGRES_COMMAND_OK):
                statements.prepared(key, as: name)
            case (.executed, PGRES_COMMAND_OK), (.executed, PGRES_TUPLES_OK), (.executed, PGRES_EMPTY_QUERY):
                answers.results.append(result)
            case (_, PGRES_PIPELINE_ABORTED):
                break  // skipped, because an earlier statement failed, which is already noted
            case (.prepared(_, _, let statement), _), (.sync(let statement), _):
                note(result.error, of: statement, in: &answers)
            case (.executed(let key, let statement), _):
                let error = result.error
                // The table has changed since the plan was made, or a pooler has given us another server process.
                if error?.sqlState == .featureNotSupported || error?.sqlState == .invalidSQLStatementName {
                    statements.forget(key)
                }
                note(error, of: statement, in: &answers)
            }
        }
        return false
    }

    /// Notes the first failure. An error without an SQLSTATE comes from libpq itself and means that the connection is
    /// lost.
    private func note(_ error: PostgresError?, of statement: Int, in answers: inout Answers) {
        guard let error, error.sqlState != nil, answers.failure == nil else { return }
        answers.failure = (statement, error)
    }

    /// The next result that libpq has; nil after the last result of a message.
    func nextResult() -> PostgresResult? {
        unsafe withHandle { unsafe PQgetResult($0).map { unsafe PostgresResult(owning: $0) } }
    }

    /// Waits until a result can be taken without waiting; false if the wait was given up.
    func awaitResult() -> Bool {
        while unsafe withHandle({ unsafe PQisBusy($0) == 1 && PQstatus($0) == CONNECTION_OK }) {
            if heedsInterrupts, cancellation == nil, isInterrupted() { cancellation = makeCancellation() }
            let isFlushed = unsafe withHandle { unsafe PQflush($0) == 0 }
            let deadline = [awaited.deadline, cancellation?.deadline].compactMap(\.self).min()
            let wake = wait(writable: !isFlushed, until: deadline)
            // The connection's status shows a failure. Results that came before it can still be taken.
            if wake.socketIsReadable { _ = unsafe withHandle { unsafe PQconsumeInput($0) } }
            // A server that sends a little from time to time does not prolong the time that it has.
            guard let deadline, deadline <= .now, unsafe withHandle({ unsafe PQisBusy($0) == 1 }) else { continue }
            isBroken = true
            awaited.isOverdue = true
            return false
        }
        return true
    }

    /// The next answer has this time to come from now on, and not longer than the current job has.
    func awaitAnswer(within limit: Duration?) {
        let now = ContinuousClock.now
        awaited = AwaitedAnswer(
            since: now,
            deadline: [limit.map { now + $0 }, jobDeadline].compactMap(\.self).min()
        )
    }

    /// Waits until a cancel request can no longer hit the connection's next statement.
    func finishCancellation() {
        while let cancellation, isOpen, !cancellation.isDelivered {
            if wait(until: cancellation.deadline).isTimeout { isBroken = true }
        }
        cancellation = nil
    }
}

/// How long an answer is waited for, by the clock of this machine.
struct AwaitedAnswer {
    /// When it was asked for, or when the answer before it came.
    var since = ContinuousClock.now
    /// When the wait is given up; nil for never.
    var deadline: ContinuousClock.Instant?
    /// Whether the wait was given up, so that the state of the connection is unknown.
    var isOverdue = false

    /// How long nothing came; nil if the wait was not given up.
    var silence: Duration? { isOverdue ? ContinuousClock.now - since : nil }
}
