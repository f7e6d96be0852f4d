import Glibc
import Logging
import Postgres
import PrivatePostgres
import Processes
import Synchronization
import TestSupport

/// The one Postgres of a test process. It starts when the first test needs it, and ends with the process.
actor TestServer {
    static let shared = TestServer()

    /// A running server, and a client that makes and drops databases.
    struct Running: Sendable {
        let server: PrivatePostgres
        let admin: PostgresClient
    }

    private var running: Task<Running, any Error>?
    private var templates: [String: Task<Void, any Error>] = [:]

    func start() async throws -> Running {
        // It is a task and not a value, so that tests that ask at the same time wait for the same start.
        let running = running ?? Task { try await Self.launch() }
        self.running = running
        return try await running.value
    }

    /// The name of a database that `template` has prepared, once in this process.
    func prepare(_ template: DatabaseTemplate) async throws -> String {
        let running = try await start()
        let database = "template_\(template.name)"
        let preparation = templates[template.name] ?? Task { try await Self.prepare(database, template, running) }
        templates[template.name] = preparation
        try await preparation.value
        return database
    }

    private static func prepare(_ database: String, _ template: DatabaseTemplate, _ running: Running) async throws {
        try await running.admin.executeScript("CREATE DATABASE \"\(database)\"")
        var configuration = running.server.connection(as: running.server.adminRole, to: database)
        configuration.waitLonger()
        let client = PostgresClient(configuration: configuration, logger: quietLogger)
        do {
            try await template.prepare(client)
            await client.close()  // A template that is in use cannot be copied.
        } catch {
            await client.close()
            throw error
        }
    }

    private static func launch() async throws -> Running {
        let folder = TemporaryFolder("postgres")
        var configuration = PrivatePostgresConfiguration(stateFolder: folder.path)
        configuration.isDurable = false
        // Tests log in as roles of teams that they invent.
        configuration.admitsEveryRole = true
        configuration.maximumConnections = 300
        let launcher = try Launcher()
        let server = try await PrivatePostgres.start(configuration, launcher: launcher, logger: quietLogger)
        Leftovers.removeAtExit(server: server, folder: folder)
        var admin = server.connection(as: server.adminRole)
        admin.waitLonger()
        return Running(server: server, admin: PostgresClient(configuration: admin, logger: quietLogger))
    }
}

/// What must be removed when the process ends. Asynchronous code no longer runs by then.
private enum Leftovers {
    private static let current = Mutex<(server: PrivatePostgres, folder: TemporaryFolder)?>(nil)

    static func removeAtExit(server: PrivatePostgres, folder: TemporaryFolder) {
        current.withLock { $0 = (server, folder) }
        atexit { Leftovers.remove() }
    }

    private static func remove() {
        guard let (server, folder) = current.withLock({ $0 }) else { return }
        kill(server.pid, SIGQUIT)
        // The launcher's thread still reaps the server, and the process number is free after that.
        for _ in 0..<1000 where kill(server.pid, 0) == 0 { usleep(5000) }
        folder.remove()
    }
}

/// A logger for tests, which logs only errors.
let quietLogger: Logger = {
    var logger = Logger(label: "test")
    logger.logLevel = .error
    return logger
}()
