import Model
package import Postgres
import PrivatePostgres

/// A database in the state that a test wants to find, prepared once and copied for each test.
package struct DatabaseTemplate: Sendable {
    /// Distinguishes the template from others in the same process.
    package let name: String
    let prepare: @Sendable (PostgresClient) async throws -> Void

    /// A template made by `prepare`, which runs once, as the owner, on an empty database.
    package init(_ name: String, prepare: @escaping @Sendable (PostgresClient) async throws -> Void) {
        self.name = name
        self.prepare = prepare
    }

    /// An empty database.
    package static let empty = DatabaseTemplate("empty") { _ in }
}

/// A database that one test has to itself.
package struct TestDatabase: Sendable {
    /// A client with the rights of the owner. It is a superuser, so that tests may prepare every state.
    package let owner: PostgresClient
    /// A client with the rights of the daemon, which is bound by row level security.
    package let app: PostgresClient
    /// The configuration for another client with the rights of the owner.
    package let ownerConfiguration: PostgresConfiguration
    /// The configuration for another client with the daemon's role, as a second daemon would have.
    package let appConfiguration: PostgresConfiguration
    /// The folder of the server's socket.
    package let socketFolder: String
}

/// Calls `body` with a fresh copy of `template`, dropped afterwards.
///
/// The server is a Postgres of this test process alone. It is started by the first call and ends with the process.
package func withDatabase<Result>(
    _ template: DatabaseTemplate = .empty,
    _ body: (TestDatabase) async throws -> Result
) async throws -> Result {
    let source = try await TestServer.shared.prepare(template)
    let running = try await TestServer.shared.start()
    let name = "test_\(TenantID.random())"
    try await running.admin.executeScript("CREATE DATABASE \"\(name)\" TEMPLATE \"\(source)\"")
    var ownerConfiguration = running.server.connection(as: running.server.adminRole, to: name)
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
    /// Sets long timeouts. Tests run beside many others, on machines that do more than run tests. Between two
    /// statements of a transaction a test may wait many seconds for processor time, and other tests wait meanwhile for
    /// its locks.
    mutating func waitLonger() {
        acquireTimeout = .seconds(120)
        connectTimeout = .seconds(60)
        cancelTimeout = .seconds(60)
        statementTimeout = .seconds(120)
        answerTimeout = .seconds(240)
        lockTimeout = .seconds(120)
        idleInTransactionTimeout = .seconds(120)
    }
}

private func drop(_ name: String, _ database: TestDatabase, _ running: TestServer.Running) async throws {
    // A test may have left a transaction open on purpose. FORCE ends the connections, and closing the clients comes
    // after that.
    try await running.admin.executeScript("DROP DATABASE \"\(name)\" WITH (FORCE)")
    await database.owner.close()
    await database.app.close()
}
