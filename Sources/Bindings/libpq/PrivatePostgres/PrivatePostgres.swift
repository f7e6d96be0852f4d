import Descriptors
import Glibc
package import Logging
package import Postgres
package import Processes
import Synchronization

/// A Postgres server of our own, in a state folder and behind a Unix socket that only its user and root can reach.
///
/// The server ends with this process, however this process ends. After an unclean end, the next start recovers from the
/// server's log.
package final class PrivatePostgres: Sendable {
    /// Part of the socket's name. The server has no TCP port.
    package static let port = 5432
    static var socketName: String { ".s.PGSQL.\(port)" }

    /// The folder the socket is in.
    package var socketFolder: String { folders.sockets }
    /// The server's process id.
    package var pid: Int32 { child.pid }

    let configuration: PrivatePostgresConfiguration
    let folders: Folders
    private let child: ChildProcess
    /// The lock on the state folder, held until the server is stopped. The holder of the lock owns the folder.
    private let lock: Mutex<Descriptor?>

    init(_ configuration: PrivatePostgresConfiguration, _ folders: Folders, _ child: ChildProcess, _ lock: Descriptor) {
        self.configuration = configuration
        self.folders = folders
        self.child = child
        self.lock = Mutex(lock)
    }

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

    /// Starts the server and returns when it accepts connections. The first start makes the data folder.
    ///
    /// A server that an earlier daemon left behind is stopped first.
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
        try await starter.stopLeftover()
        let child = try await starter.start()
        let server = PrivatePostgres(configuration, folders, child, lock)
        do {
            try await server.makeAppRole(logger)
        } catch {
            await server.stop()
            throw PrivatePostgresError("could not create the role \"\(configuration.appRole)\": \(error)")
        }
        return server
    }

    /// Waits until the task is cancelled, then stops the server.
    ///
    /// - Throws: ``PrivatePostgresError`` if the server ends by itself.
    package func run() async throws(PrivatePostgresError) {
        let status = await withTaskCancellationHandler {
            await child.wait()
        } onCancel: {
            child.signal(SIGINT)
        }
        guard !Task.isCancelled else { return await stop() }
        throw PrivatePostgresError(
            "the private Postgres \(status)",
            detail: ServerFiles.tail(of: folders.log, count: 2000)
        )
    }

    /// Stops the server. Open transactions are rolled back, and committed data is written to disk.
    ///
    /// Returns when the server has ended, so that another may be started in the state folder. Stopping it again does
    /// nothing.
    package func stop() async {
        // SIGINT requests a fast stop. SIGQUIT requests an immediate stop, after which the next start recovers from the
        // log.
        for signal in [SIGINT, SIGQUIT, SIGKILL] {
            child.signal(signal)
            if await ended(within: configuration.stopTimeout) { break }
        }
        lock.withLock { $0 = nil }
    }

    private func ended(within timeout: Duration) async -> Bool {
        let deadline = ContinuousClock.now + timeout
        while child.exitStatus == nil, deadline > .now { await pause(.milliseconds(5)) }
        return child.exitStatus != nil
    }

    private func makeAppRole(_ logger: Logger) async throws(PostgresError) {
        var configuration = owner
        configuration.maximumConnections = 1
        let client = PostgresClient(configuration: configuration, logger: logger)
        let role = self.configuration.appRole
        do {
            if try await client.query("SELECT FROM pg_roles WHERE rolname = \(role)").isEmpty {
                // The role has no attribute but LOGIN. The server itself quotes its name.
                let command = try await client.query("SELECT format('CREATE ROLE %I LOGIN', \(role)) AS command")
                try await client.executeScript(try command[0].decode("command"))
            }
        } catch {
            await client.close()
            throw error
        }
        await client.close()
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
