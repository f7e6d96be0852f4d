import Descriptors
import Glibc
package import Logging
package import Postgres
package import Processes
import Synchronization

/// A Postgres server of our own, in a state folder and behind a Unix socket that only its user and root can reach.
///
/// The server ends with this process, however this process ends. After an unclean end, the next start recovers from the
/// server's log. If the server ends first, ``run()`` starts it again.
package final class PrivatePostgres: Sendable {
    /// Part of the socket's name. The server has no TCP port.
    package static let port = 5432
    static var socketName: String { ".s.PGSQL.\(port)" }

    /// The folder the socket is in.
    package var socketFolder: String { folders.sockets }
    /// The file that the server logs to.
    package var logFile: String { folders.log }
    /// The server's process id; that of the last one while it is being started again.
    package var pid: Int32 { state.withLock { $0.child.pid } }
    /// Why the server does not run at this moment; nil if it runs.
    package var outage: PrivatePostgresError? { state.withLock { $0.outage } }

    /// The server's process. It is replaced when the server is started again.
    private struct State {
        var child: ChildProcess
        var startedAt = ContinuousClock.now
        var outage: PrivatePostgresError?
        /// The lock on the state folder, held until the server is stopped. The holder of the lock owns the folder.
        var lock: Descriptor?
    }

    let configuration: PrivatePostgresConfiguration
    let folders: Folders
    private let starter: ServerStarter
    private let state: Mutex<State>

    init(_ starter: ServerStarter, _ child: ChildProcess, _ lock: Descriptor) {
        configuration = starter.configuration
        folders = starter.folders
        self.starter = starter
        state = Mutex(State(child: child, lock: lock))
    }

    /// The name of the superuser.
    package var adminRole: String { configuration.adminRole }
    /// The name of the role that owns everything.
    package var ownerRole: String { configuration.ownerRole }
    /// The name of the role the daemon works as.
    package var appRole: String { configuration.appRole }

    /// For migrations: the role that owns everything.
    package var owner: PostgresConfiguration { connection(as: configuration.ownerRole) }

    /// For the daemon's work: the role that policies bind.
    package var app: PostgresConfiguration { connection(as: configuration.appRole) }

    /// How to connect as `role` to `database`.
    package func connection(as role: String, to database: String = "postgres") -> PostgresConfiguration {
        Self.connection(in: folders.sockets, as: role, to: database)
    }

    static func connection(in sockets: String, as role: String, to database: String) -> PostgresConfiguration {
        let values = ["host": sockets, "port": "\(port)", "dbname": database, "user": role]
        let url = values.sorted { $0.key < $1.key }.map { "\($0.key)='\($0.value.escapedForConnection)'" }
        return PostgresConfiguration(url: url.joined(separator: " "))
    }

    /// Starts the server and returns when it accepts connections and has its roles. The first start makes the data
    /// folder.
    ///
    /// A server that an earlier daemon left behind is stopped first. The roles of an earlier version are brought to the
    /// present state.
    ///
    /// - Throws: ``PrivatePostgresError``, with the end of the server's log where that is relevant.
    package static func start(
        _ configuration: PrivatePostgresConfiguration,
        launcher: Launcher,
        logger: Logger
    ) async throws(PrivatePostgresError) -> PrivatePostgres {
        let user = try ServerUser.current()
        let folders = try Folders.prepare(in: configuration.stateFolder, for: user)
        let lock = try openFile(folders.lock, O_RDWR)
        // A child that an earlier daemon forked just before it ended holds the lock until it executes its program.
        let patience = ContinuousClock.now + .seconds(3)
        while lock.withNumber({ flock($0, LOCK_EX | LOCK_NB) }) != 0 {
            guard patience > .now else {
                throw PrivatePostgresError(
                    "cannot use the state folder \"\(configuration.stateFolder)\": another daemon runs in it"
                )
            }
            await pause(.milliseconds(20))
        }
        let programs = try await ServerPrograms.find(for: folders.data, launcher: launcher, scratch: folders.home)
        let starter = ServerStarter(
            configuration: configuration,
            user: user,
            folders: folders,
            programs: programs,
            launcher: launcher,
            logger: logger
        )
        if !ServerFiles.exists(folders.data) { try await starter.makeDataFolder() }
        try AccessRules(configuration).write(into: folders.data, for: user)
        let server = PrivatePostgres(starter, try await starter.start(), lock)
        do {
            try await ServerRoles(configuration: configuration, folders: folders, logger: logger).prepare(for: user)
        } catch {
            await server.stop()
            throw PrivatePostgresError("could not make the roles of the private Postgres: \(error)")
        }
        return server
    }

    /// Starts the server again whenever it ends by itself, until the task is cancelled; then stops it.
    package func run() async {
        var restartPause = RestartPause()
        while !Task.isCancelled {
            let (child, startedAt) = state.withLock { ($0.child, $0.startedAt) }
            let status = await withTaskCancellationHandler {
                await child.wait()
            } onCancel: {
                child.signal(SIGINT)
            }
            guard !Task.isCancelled else { break }
            let log = ServerFiles.tail(of: folders.log, count: 2000)
            lost(PrivatePostgresError("the private Postgres \(status)", detail: log))
            await restart(restartPause.next(afterRunningFor: .now - startedAt), &restartPause)
        }
        await stop()
    }

    /// Tries to start the server until it runs or the task is cancelled.
    private func restart(_ firstPause: Duration, _ restartPause: inout RestartPause) async {
        var wait = firstPause
        while (try? await Task.sleep(for: wait)) != nil {
            do throws(PrivatePostgresError) {
                let child = try await starter.start()
                state.withLock {
                    $0.child = child
                    $0.startedAt = .now
                    $0.outage = nil
                }
                return starter.logger.notice("the private Postgres runs again", metadata: ["pid": "\(child.pid)"])
            } catch {
                guard !Task.isCancelled else { return }
                lost(error)
                wait = restartPause.next(afterRunningFor: .zero)
            }
        }
    }

    private func lost(_ error: PrivatePostgresError) {
        state.withLock { $0.outage = error }
        starter.logger.error(
            "the private Postgres does not run",
            metadata: [
                "error": "\(error.message)", "log": "\(folders.log)",
                "end": "\(error.detail?.suffix(400).description ?? "")",
            ]
        )
    }

    /// Stops the server. Open transactions are rolled back, and committed data is written to disk.
    ///
    /// Returns when the server has ended, so that another may be started in the state folder. Stopping it again does
    /// nothing.
    package func stop() async {
        let child = state.withLock { $0.child }
        // SIGINT requests a fast stop. SIGQUIT requests an immediate stop, after which the next start recovers from the
        // log.
        for signal in [SIGINT, SIGQUIT, SIGKILL] {
            child.signal(signal)
            if await Self.ended(child, within: configuration.stopTimeout) { break }
        }
        state.withLock { $0.lock = nil }
    }

    private static func ended(_ child: ChildProcess, within timeout: Duration) async -> Bool {
        let deadline = ContinuousClock.now + timeout
        while child.exitStatus == nil, deadline > .now { await pause(.milliseconds(5)) }
        return child.exitStatus != nil
    }
}

extension String {
    /// The text, escaped for single quotes in a connection string.
    fileprivate var escapedForConnection: String {
        String(flatMap { $0 == "'" || $0 == "\\" ? ["\\", $0] : [$0] })
    }
}

/// Waits even if the task is cancelled, so that a stop that has begun is completed.
func pause(_ duration: Duration) async {
    _ = await Task { try? await Task.sleep(for: duration) }.value
}
