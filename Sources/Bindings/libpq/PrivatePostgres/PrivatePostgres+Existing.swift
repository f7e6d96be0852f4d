import Glibc
package import Postgres
package import Processes

// For programs that look at a private Postgres but do not run it themselves.
extension PrivatePostgres {
    /// How to connect, as the owner and as the daemon's role, to the server that a daemon runs for `configuration`. Nil
    /// if none runs, or if we may not see it. Changes nothing.
    ///
    /// - Returns: Also the file that the server logs to.
    package static func running(
        _ configuration: PrivatePostgresConfiguration
    ) -> (owner: PostgresConfiguration, app: PostgresConfiguration, log: String)? {
        let folders = Folders(in: configuration.stateFolder)
        guard LeftoverServer(of: folders.data) != nil else { return nil }
        return (
            connection(in: folders.sockets, as: configuration.ownerRole, to: "postgres"),
            connection(in: folders.sockets, as: configuration.appRole, to: "postgres"),
            folders.log
        )
    }

    /// Whether there is a database for `configuration`, or something that we may not look at. Changes nothing.
    package static func exists(_ configuration: PrivatePostgresConfiguration) -> Bool {
        unsafe access(Folders(in: configuration.stateFolder).data, F_OK) == 0 || errno != ENOENT
    }

    /// The folder of the programs with which a server for `configuration` would be started. Changes nothing in the state
    /// folder; the answer of `pg_config` is kept for a moment in a file under `/tmp`.
    ///
    /// - Throws: ``PrivatePostgresError`` if there are none, or if we are root and there is no other user to run them.
    package static func programs(
        for configuration: PrivatePostgresConfiguration,
        launcher: Launcher
    ) async throws(PrivatePostgresError) -> String {
        _ = try ServerUser.current()
        let data = Folders(in: configuration.stateFolder).data
        return try await ServerPrograms.find(for: data, launcher: launcher, scratch: "/tmp").folder
    }
}
