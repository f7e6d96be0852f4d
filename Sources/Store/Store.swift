package import Model
package import Postgres

/// The rows of this system, grouped by subject.
///
/// Every call that touches a tenant's data names the tenant, and the database itself binds the call to that tenant. The
/// client must have become ``StoreRole/application``. A superuser would not be bound, and neither would the owner of
/// the tables, who is a member of ``StoreRole/scheduler`` and can switch the policies off.
package struct Store: Sendable {
    /// The tenants.
    package let tenants: TenantStore
    /// Who may do what.
    package let access: AccessStore
    /// The books.
    package let projects: ProjectStore
    /// The audio of their segments.
    package let audio: AudioStore
    /// Batches, jobs and the queue.
    package let jobs: JobStore
    /// The events of jobs.
    package let events: EventStore
    /// The packages.
    package let packages: PackageStore
    /// What is removed when it was kept long enough.
    package let history: HistoryStore
    private let client: PostgresClient
    private let queue: PostgresClient

    /// The rows that are accessed through `client`.
    ///
    /// - Parameter queue: A client of the same database for what must not wait behind other statements: claims, beats,
    ///   sweeps, and the look at the database. If nil, `client` does that, too.
    package init(client: PostgresClient, queue: PostgresClient? = nil) {
        self.client = client
        self.queue = queue ?? client
        tenants = TenantStore(client: client)
        access = AccessStore(client: client)
        projects = ProjectStore(client: client)
        audio = AudioStore(client: client)
        jobs = JobStore(client: client, queue: queue ?? client)
        events = EventStore(client: client)
        packages = PackageStore(client: client)
        history = HistoryStore(client: client)
    }

    /// Checks that row level security binds this client.
    ///
    /// - Throws: ``PackagingError`` with code `failedPrecondition` if the client works as a superuser, as a role with
    ///   BYPASSRLS, or as a role that has the rights of the scheduler, because it would see the data of every tenant.
    package func checkRole() async throws(PackagingError) {
        let (role, isBound) = try await wrapped {
            let rows = try await client.query(
                """
                SELECT rolname::text AS role, NOT (
                    rolsuper OR rolbypassrls OR pg_has_role(rolname, \(StoreRole.scheduler)::name, 'USAGE')
                ) AS bound
                FROM pg_roles WHERE rolname = current_user
                """
            )
            return (
                try rows.first?.decode(String.self, "role") ?? "", try rows.first?.decode(Bool.self, "bound") ?? false
            )
        }
        guard isBound else {
            throw PackagingError(
                .failedPrecondition,
                "role \"\(role)\" is not bound by row level security",
                reason: "ROLE_UNBOUND",
                hint: "Let the daemon work as \"\(StoreRole.application)\"."
            )
        }
    }

    /// Checks that the database answers, and that it has the schema of this program: that no other release has migrated
    /// it or replaced its functions.
    ///
    /// - Parameter limit: How long that may take; the usual limits hold when nil.
    /// - Throws: ``PackagingError`` with code `unavailable`, or as ``SchemaState/check()`` does.
    package func checkSchema(within limit: Duration? = nil) async throws(PackagingError) {
        let record: SchemaRecord
        do throws(PackagingError) {
            record = try await wrapped {
                let rows = try await queue.transaction(
                    [SchemaRecord.selectMigrations, SchemaRecord.selectFunctions],
                    within: limit
                )
                return try SchemaRecord(migrations: rows[0], functions: rows[1])
            }
        } catch {
            // A database that stalls at the end of a look has left no change in doubt: it is just away.
            guard error.reason == PackagingError.outcomeUnknown else { throw error }
            throw PackagingError(
                .unavailable,
                "could not use the database",
                reason: "DATABASE_UNAVAILABLE",
                cause: error.cause
            )
        }
        let state = SchemaState(
            record,
            migrations: Migration.all,
            functions: SchemaFunction.all,
            release: Release.version
        )
        try state.check()
    }
}

/// Roles of the database.
package enum StoreRole {
    /// The daemon's role: row level security binds it to one tenant at a time. A daemon logs in as this role, or
    /// becomes it.
    package static let application = "packaging_app"
    /// The role that owns the few functions that look across tenants. No client becomes it.
    package static let scheduler = "packaging_scheduler"
}

/// Channels of NOTIFY.
package enum StoreChannel {
    /// The projects that have new events. The payload is a list of their ids, separated by commas.
    package static let events = "packaging_events"
    /// There are jobs to claim, or requests to stop some. The payload has no meaning.
    package static let jobs = "packaging_jobs"
}
