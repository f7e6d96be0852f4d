import CPQ

/// How strictly a transaction is isolated from others.
package enum PostgresIsolation: String, Sendable {
    /// Each statement sees what was committed before it began.
    case readCommitted = "READ COMMITTED"
    /// All statements see what was committed before the first.
    case repeatableRead = "REPEATABLE READ"
    /// As if transactions ran one after another; some fail with `serializationFailure` and must be repeated.
    case serializable = "SERIALIZABLE"
}

extension Connection {
    /// The statements that open a transaction: BEGIN, and the settings that end with the transaction.
    static func opening(_ isolation: PostgresIsolation, _ settings: [(String, String)]) -> [SQL] {
        let begin = SQL(unescaped: "BEGIN ISOLATION LEVEL \(isolation.rawValue)")
        guard let (name, value) = settings.first else { return [begin] }
        var calls: SQL = "SELECT set_config(\(name), \(value), true)"
        for (name, value) in settings.dropFirst() { calls = "\(calls), set_config(\(name), \(value), true)" }
        return [begin, calls]
    }

    /// Runs `statements` as one transaction, in one round trip.
    ///
    /// A failure costs a second round trip, which rolls back.
    func transact(_ statements: [SQL], _ settings: [(String, String)]) throws(PostgresError) -> [PostgresResult] {
        let opening = Self.opening(.readCommitted, settings)
        let all = opening + statements + ["COMMIT"]
        do {
            let results = try execute(all, commit: .statement(all.count - 1))
            try confirm(results[all.count - 1])
            return Array(results[opening.count..<all.count - 1])
        } catch {
            rollBack()
            throw error
        }
    }

    /// Gives the connection to a transaction. Nothing is sent before its first statement.
    func begin(_ token: TransactionToken, _ isolation: PostgresIsolation, _ settings: [(String, String)]) {
        transaction = (token, Self.opening(isolation, settings))
    }

    /// Runs `statements` in the transaction, after opening it in the same round trip if they are its first.
    func execute(_ statements: [SQL], in token: TransactionToken) throws(PostgresError) -> [PostgresResult] {
        let opening = try takeOpening(of: token)
        return Array(try execute(opening + statements).dropFirst(opening.count))
    }

    /// Runs a script in the transaction.
    func runScript(_ script: String, in token: TransactionToken) throws(PostgresError) {
        let opening = try takeOpening(of: token)
        if !opening.isEmpty { _ = try execute(opening) }
        try runScript(script)
    }

    private func takeOpening(of token: TransactionToken) throws(PostgresError) -> [SQL] {
        guard let (current, opening) = transaction, current === token else {
            throw PostgresError(.misuse, "the transaction has ended")
        }
        transaction = (token, [])
        return opening
    }

    /// Commits the open transaction. A transaction without statements needs no round trip.
    func commit() throws(PostgresError) {
        defer { transaction = nil }
        guard transaction?.opening.isEmpty == true else { return }
        do {
            let results = try execute(["COMMIT"], commit: .statement(0))
            try confirm(results[0])
        } catch {
            rollBack()
            throw error
        }
    }

    /// Checks the answer to a COMMIT. For a failed transaction Postgres answers with ROLLBACK and without an error.
    private func confirm(_ result: PostgresResult) throws(PostgresError) {
        guard result.commandTag == "COMMIT" else {
            throw PostgresError(
                .server,
                "the transaction was rolled back because a statement in it had failed",
                sqlState: .inFailedTransaction
            )
        }
    }

    /// Ends any open transaction. A connection that does not become idle is given up.
    func rollBack() {
        transaction = nil
        guard isOpen, !isIdle else { return }
        _ = try? finish(by: .now + configuration.cancelTimeout) { connection throws(PostgresError) in
            try connection.execute(["ROLLBACK"], heedsInterrupts: false)
        }
        if !isIdle { isBroken = true }
    }

    /// Runs a text of several statements, without parameters and without preparing them.
    func runScript(_ script: String) throws(PostgresError) {
        guard unsafe withHandle({ unsafe PQexitPipelineMode($0) == 1 && PQsendQuery($0, script) == 1 }) else {
            throw lost(duringCommit: false)
        }
        heedsInterrupts = true
        awaitAnswer(within: nil)
        var failure: PostgresError?
        while awaitResult(), let result = nextResult() {
            failure = failure ?? result.error
        }
        let wasCancelled = cancellation != nil
        finishCancellation()
        if isOpen, unsafe withHandle({ unsafe PQenterPipelineMode($0) }) != 1 { isBroken = true }
        guard let failure else {
            guard isOpen else { throw lost(duringCommit: true) }
            return
        }
        guard failure.sqlState != nil else { throw lost(duringCommit: true) }
        guard wasCancelled, failure.sqlState == .queryCanceled else { throw failure }
        throw PostgresError(.cancelled, "the script was cancelled", sqlState: .queryCanceled)
    }
}
