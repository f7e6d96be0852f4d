import ArgumentParser
import Logging
import Model

/// `packagingd serve`: runs until SIGTERM or SIGINT.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve until SIGTERM or Ctrl-C.",
        discussion: """
            Without options the daemon keeps everything in its state folder: a private Postgres, audio and packages, and \
            the socket that packctl looks for.

            EXAMPLES
              packagingd serve
              packagingd serve --state-dir /srv/packaging --workers 8
              packagingd serve --database-url postgresql://packaging@db.internal/packaging
            """
    )

    @OptionGroup var places: PlaceOptions

    @Flag(help: "Never migrate the database, though its user may: only check that somebody has.")
    var noMigrate = false

    @Option(help: ArgumentHelp("Seconds that a stop waits for work that is nearly done.", valueName: "SECONDS"))
    var drainSeconds = 10

    @OptionGroup var logs: LogOptions

    func validate() throws {
        guard (0...3600).contains(drainSeconds) else {
            throw ValidationError("--drain-seconds \(drainSeconds) is not between 0 and 3600")
        }
    }

    func run() async throws {
        try logs.bootstrap()
        let logger = Logger(label: "packagingd")
        do {
            try await Daemon(settings: try settings(), logger: logger).run()
        } catch let error as PackagingError {
            throw complain(error)
        }
    }

    private func settings() throws -> DaemonSettings {
        let state = try StateFolder(path: try places.stateFolder())
        return DaemonSettings(
            state: state,
            sockets: try places.sockets(usual: state.socket),
            databaseURL: places.databaseURL,
            migrates: !noMigrate,
            blobs: try places.blobs(usual: state.blobs),
            workers: places.workerCount,
            grace: .seconds(drainSeconds)
        )
    }
}
