import Model
public import Postgres
import PrivatePostgres

/// A database as a test wants to find it, prepared once and copied for each test.
public struct DatabaseTemplate: Sendable {
    /// Tells it from others in the same process.
    public let name: String
    let prepare: @Sendable (PostgresClient) async throws -> Void

    /// A template made by `prepare`, which runs once, as the owner, on an empty database.
    public init(_ name: String, prepare: @escaping @Sendable (PostgresClient) async throws -> Void) {
        self.name = name
        self.prepare = prepare
    }

    /// An empty database.
    public static let empty = DatabaseTemplate("empty") { _ in }
}

/// A database that one test has to itself.
public struct TestDatabase: Sendable {
    /// A client with the rights of the owner.
    public let owner: PostgresClient
    /// A client with the rights of the daemon, whom row level security binds.
    public let app: PostgresClient
    /// To make another client for the owner.
    public let ownerConfiguration: PostgresConfiguration
    /// To make another client for the daemon's role, as a second daemon would.
    public let appConfiguration: PostgresConfiguration
    /// The folder of the server's socket.
    public let socketFolder: String
}

/// Calls `body` with a fresh copy of `template`, dropped afterwards.
///
/// The server is a Postgres of this test process alone. It is started by the first call and ends with the process.
public func withDatabase<Result>(
    _ template: DatabaseTemplate = .empty,
    _ body: (TestDatabase) async throws -> Result
) async throws -> Result {
    let source = try await TestServer.shared.prepare(template)
    let running = try await TestServer.shared.start()
    let name = "test_\(TenantID.random())"
    try await running.admin.executeScript("CREATE DATABASE \"\(name)\" TEMPLATE \"\(source)\"")
    var ownerConfiguration = running.server.connection(as: running.server.ownerRole, to: name)
    var appConfiguration = running.server.connection(as: running.server.appRole, to: name)
    ownerConfiguration.waitLonger()
    appConfiguration.waitLonger()
    let database = TestDatabase(
        owner: PostgresClient(configuration: ownerConfiguration, logger: quietLogger),
        app: PostgresClient(configuration: appConfiguration, logger: quietLogger),
        ownerConfiguration: ownerConfiguration,
        appConfiguration: appConfiguration,
        socketFolder: running.server.socketFolder
    )
    do {
        let result = try await body(database)
        try await drop(name, database, running)
        return result
    } catch {
        try? await drop(name, database, running)
        throw error
    }
}

extension PostgresConfiguration {
    /// Tests run beside many others, on machines that do more than run tests: between two statements of a transaction a
    /// test may wait for its turn for many seconds, and others for the locks that it holds meanwhile.
    mutating func waitLonger() {
        acquireTimeout = .seconds(120)
        connectTimeout = .seconds(60)
        cancelTimeout = .seconds(60)
        statementTimeout = .seconds(120)
        lockTimeout = .seconds(120)
        idleInTransactionTimeout = .seconds(120)
    }
}

private func drop(_ name: String, _ database: TestDatabase, _ running: TestServer.Running) async throws {
    // A test may have left a transaction open on purpose: FORCE ends the connections, and closing follows.
    try await running.admin.executeScript("DROP DATABASE \"\(name)\" WITH (FORCE)")
    await database.owner.close()
    await database.app.close()
}
