/// The settings of one start of the daemon.
struct DaemonSettings: Sendable {
    /// The folder for the daemon's own files.
    var state: StateFolder
    /// The paths of the Unix sockets it serves.
    var sockets: [String]
    /// How to log in to the database; nil for a private one.
    var database: DatabaseLogin?
    /// Whether a database with an older schema is migrated, if the database's user may do that.
    var migrates: Bool
    /// The folder that holds the blobs.
    var blobs: String
    /// The number of worker processes that may run at once.
    var workers: Int
    /// How long a stop waits for work that is nearly done. Work that has not ended then is queued again at no cost.
    var grace: Duration

    /// Reads the settings from `configuration`.
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
