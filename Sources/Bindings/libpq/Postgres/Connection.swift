import CPQ
import Glibc
import Logging

/// One libpq connection, used by one thread only.
///
/// Every wait watches both the socket and the thread's doorbell, so a waiting connection can be told to cancel or
/// close.
@safe final class Connection {
    private let handle: OpaquePointer
    private let doorbell: Doorbell
    let configuration: PostgresConfiguration
    var statements: StatementCache
    /// Whether the connection must not be used any more: it was lost, a cancelled statement did not end in time, a
    /// ROLLBACK left a transaction open, or libpq refused a call.
    var isBroken = false
    /// The transaction that uses the connection, and the statements that open it and are not yet sent.
    var transaction: (token: TransactionToken, opening: [SQL])?
    /// Whether the task that gave the current job was cancelled.
    var isInterrupted: () -> Bool = { false }
    /// Whether a cancelled task cancels the statements under way.
    var heedsInterrupts = false
    /// The cancel request for the statements under way.
    var cancellation: Cancellation?
    /// When the current job must have its answers, whatever ``PostgresConfiguration/answerTimeout`` allows.
    var jobDeadline: ContinuousClock.Instant?
    /// The answer that is waited for.
    var awaited = AwaitedAnswer()

    private init(owning handle: OpaquePointer, _ configuration: PostgresConfiguration, _ doorbell: Doorbell) {
        unsafe self.handle = handle
        self.configuration = configuration
        self.doorbell = doorbell
        statements = StatementCache(capacity: configuration.statementCacheSize)
    }

    deinit { unsafe PQfinish(handle) }

    /// Connects, and sets the session's timeouts and role.
    ///
    /// - Parameter isAbandoned: Called whenever the doorbell rings; if it returns true, connecting is given up.
    static func open(
        _ configuration: PostgresConfiguration,
        doorbell: Doorbell,
        logger: Logger,
        isAbandoned: () -> Bool
    ) throws(PostgresError) -> Connection {
        let deadline = ContinuousClock.now + configuration.connectTimeout
        let parameters = configuration.connectionParameters
        let started = unsafe withCStrings(parameters.map(\.0)) { keywords in
            unsafe withCStrings(parameters.map(\.1)) { values in unsafe PQconnectStartParams(keywords, values, 1) }
        }
        guard let handle = unsafe started else { throw PostgresError(.connection, "could not allocate a connection") }
        let connection = unsafe Connection(owning: handle, configuration, doorbell)
        guard unsafe PQstatus(handle) != CONNECTION_BAD || PQsocket(handle) >= 0 else {
            // libpq's own message may quote the URL with the password.
            guard unsafe PQuser(handle) != nil else {
                throw PostgresError(.misuse, "the database URL cannot be parsed")
            }
            throw connection.connectFailure()
        }
        // Before it is connected, libpq has no result that holds the SQLSTATE, but it can write the SQLSTATE into its
        // message.
        unsafe PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
        var progress = PGRES_POLLING_WRITING
        while progress != PGRES_POLLING_OK {
            guard progress != PGRES_POLLING_FAILED else { throw connection.connectFailure() }
            let wake = doorbell.wait(
                socket: unsafe PQsocket(handle),
                writable: progress == PGRES_POLLING_WRITING,
                until: deadline
            )
            if wake.isTimeout || deadline <= .now {
                throw PostgresError(
                    .connection,
                    "could not connect to the database: no answer within \(configuration.connectTimeout.inTenths)"
                )
            }
            if wake.isRung && isAbandoned() { throw PostgresError(.closed, "the database client is closed") }
            guard wake.socketIsReadable || wake.socketIsWritable else { continue }
            progress = unsafe PQconnectPoll(handle)
        }
        unsafe PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
        unsafe PQsetNoticeReceiver(handle, { _, _ in }, nil)
        guard unsafe PQsetnonblocking(handle, 1) == 0, unsafe PQenterPipelineMode(handle) == 1 else {
            throw connection.connectFailure()
        }
        try connection.finish(by: deadline) { connection throws(PostgresError) in
            _ = try connection.execute(configuration.sessionSetup)
        }
        logger.debug("connected to the database", metadata: ["backend": "\(unsafe PQbackendPID(handle))"])
        return connection
    }

    /// The error for a failed attempt to connect.
    private func connectFailure() -> PostgresError {
        let message = unsafe (PQerrorMessage(handle).map { unsafe String(cString: $0) }) ?? ""
        // "…: FATAL:  3D000: database …", with two spaces, then lines about the place in the server's source.
        guard let code = message.firstMatch(of: #/:  ([0-9A-Z]{5}): /#) else {
            return PostgresError(.connection, "could not connect to the database: \(message.singleLine)")
        }
        let reason = message[code.range.upperBound...].prefix { !$0.isNewline }
        let state = SQLState(rawValue: String(code.1))
        return PostgresError(.connection, "could not connect to the database: \(reason)", sqlState: state)
    }

    /// libpq's last error message, on one line.
    var lastMessage: String { unsafe (PQerrorMessage(handle).map { unsafe String(cString: $0).singleLine }) ?? "" }

    var isOpen: Bool { unsafe !isBroken && PQstatus(handle) == CONNECTION_OK }

    /// Calls `body` with libpq's handle, which must not be kept beyond the call.
    func withHandle<Result>(_ body: (OpaquePointer) -> Result) -> Result {
        defer { extendLifetime(self) }
        return unsafe body(handle)
    }

    /// Waits until the server has sent something, the doorbell rings, or `deadline` has passed.
    ///
    /// - Parameter writable: Whether the wait also ends when libpq can send more.
    func wait(writable: Bool = false, until deadline: ContinuousClock.Instant? = nil) -> Doorbell.Wake {
        doorbell.wait(socket: unsafe PQsocket(handle), writable: writable, until: deadline)
    }

    /// A request to cancel the statement under way, which rings the connection's doorbell; nil if nothing can be
    /// cancelled.
    func makeCancellation() -> Cancellation? {
        guard let request = unsafe PQgetCancel(handle) else { return nil }
        return unsafe Cancellation(owning: request, within: configuration.cancelTimeout, ringing: doorbell)
    }

    /// Does `work`, whose answers must have come by `deadline`; nil if only the usual limits hold.
    func finish<Result>(
        by deadline: ContinuousClock.Instant?,
        _ work: (Connection) throws(PostgresError) -> Result
    ) throws(PostgresError) -> Result {
        let former = jobDeadline
        jobDeadline = deadline
        defer { jobDeadline = former }
        return try work(self)
    }

    /// Whether neither a statement nor a transaction is under way.
    var isIdle: Bool { unsafe isOpen && PQtransactionStatus(handle) == PQTRANS_IDLE }

    /// Reads messages that the server sent without being asked: notifications, the end of the connection, or a notice that
    /// the server stops.
    func readUnasked() {
        _ = unsafe PQconsumeInput(handle)
        _ = unsafe PQisBusy(handle)  // reads the messages that have come; there is no result to wait for
    }

    /// Whether the connection is still open, as far as this side can know without asking the server.
    func checkAlive() -> Bool {
        var socket = pollfd(fd: unsafe PQsocket(handle), events: Int16(POLLIN), revents: 0)
        if unsafe poll(&socket, 1, 0) > 0 { readUnasked() }
        return isOpen
    }
}
