/// What one start of the daemon was told.
struct DaemonSettings: Sendable {
    /// Where it keeps what is its own.
    var state: StateFolder
    /// The paths of the Unix sockets it serves.
    var sockets: [String]
    /// The database, if it is not a private one.
    var database: DatabaseLogin?
    /// Whether a database that is behind is migrated, where the database's user may.
    var migrates: Bool
    /// The folder that holds the blobs.
    var blobs: String
    /// Worker processes at once.
    var workers: Int
    /// How long a stop waits for work that is nearly done; then it is queued again at no cost.
    var grace: Duration

    /// What `configuration` asks for.
    ///
    /// - Throws: ``ConfigurationMistakes`` if a secret cannot be read any more, ``PackagingError`` if the state folder
    ///   cannot be used.
    init(_ configuration: DaemonConfiguration) throws {
        database = try configuration.database()
        state = try StateFolder(path: configuration.stateFolder)
        sockets = configuration.sockets
        migrates = configuration.migrates
        blobs = configuration.blobs
        workers = configuration.workers
        grace = configuration.grace
    }
}
