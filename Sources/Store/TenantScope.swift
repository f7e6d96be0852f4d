internal import Model
internal import Postgres

extension PostgresClient {
    /// Runs one statement as `tenant`.
    func query(_ sql: SQL, as tenant: TenantID) async throws(PostgresError) -> [PostgresRow] {
        try await query(sql, settings: tenant.settings)
    }

    /// Runs one statement as `tenant` and gives the number of rows it changed.
    func execute(_ sql: SQL, as tenant: TenantID) async throws(PostgresError) -> Int {
        try await execute(sql, settings: tenant.settings)
    }

    /// Runs statements as `tenant`, as one transaction in one round trip.
    func transaction(_ statements: [SQL], as tenant: TenantID) async throws(PostgresError) -> [[PostgresRow]] {
        try await transaction(statements, settings: tenant.settings)
    }
}

extension TenantID {
    /// The setting that binds a transaction to this tenant. Every policy compares rows with it.
    var settings: [(String, String)] { [("packaging.tenant", description)] }
}
