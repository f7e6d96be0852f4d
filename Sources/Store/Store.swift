public import Postgres

/// The rows of this system, by what they are about.
///
/// Every call that touches a tenant's data names the tenant and is bound to it by the database itself. The client must
/// have become ``StoreRole/application``; as the owner of the tables, or as a superuser, it would not be bound.
public struct Store: Sendable {
    /// Who rents.
    public let tenants: TenantStore
    /// The books.
    public let projects: ProjectStore
    /// The audio of their segments.
    public let audio: AudioStore
    /// Batches, jobs and the queue.
    public let jobs: JobStore
    /// What happened to jobs.
    public let events: EventStore
    /// What was made.
    public let packages: PackageStore

    /// The rows that `client` reaches.
    public init(client: PostgresClient) {
        tenants = TenantStore(client: client)
        projects = ProjectStore(client: client)
        audio = AudioStore(client: client)
        jobs = JobStore(client: client)
        events = EventStore(client: client)
        packages = PackageStore(client: client)
    }
}

/// Roles of the database.
public enum StoreRole {
    /// The daemon's: bound by row level security to one tenant at a time. A daemon logs in as it, or becomes it.
    public static let application = "packaging_app"
    /// Owns the few functions that look across tenants. No client becomes it.
    public static let scheduler = "packaging_scheduler"
}

/// Channels of NOTIFY.
public enum StoreChannel {
    /// Projects with new events: their ids, with commas between them.
    public static let events = "packaging_events"
    /// There are jobs to claim. The payload says nothing.
    public static let jobs = "packaging_jobs"
}
