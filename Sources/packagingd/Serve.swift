import ArgumentParser
import Logging
import Model
import TTRPC

/// `packagingd serve`: runs until SIGTERM or SIGINT.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve until SIGTERM or Ctrl-C.",
        discussion: """
            Without options the daemon keeps everything in its state folder: a private Postgres, audio and packages, and \
            the socket that packctl looks for. Each option can also be set in the configuration file, where it has the \
            same name, and in the environment: PACKAGINGD_LOG_LEVEL for --log-level. A flag wins over the environment, \
            and the environment over the file. SIGHUP makes a running daemon read the file again.

            EXAMPLES
              packagingd serve
              packagingd serve --state-dir /srv/packaging --workers 8
              packagingd serve --database-url postgresql://packaging@db.internal/packaging
            """
    )

    @OptionGroup var settings: SettingOptions

    func run() async throws {
        let hangups = await HangupSignals()
        do {
            // First of all: no child process may get them.
            let inherited = try InheritedSocket.takeAll()
            let sources = settings.sources
            let configuration = try sources.load()
            let level = LogLevel(configuration.logLevel)
            let limit = LineLogHandler.bootstrap(level: level, format: configuration.logFormat)
            let logger = Logger(label: "packagingd")
            for warning in configuration.warnings {
                logger.warning("configuration", metadata: ["problem": "\(warning)"])
            }
            let settings = try Self.settings(configuration, inherited, logger)
            let daemon = Daemon(settings: settings, logger: logger)
            let certificates = settings.certificates.map { [$0 as any Reloadable] } ?? []
            let reloader = ConfigurationReloader(
                sources: sources,
                running: configuration,
                parts: [level] + certificates,
                logger: logger
            )
            try await limit.running {
                try await hangups.reloading(reloader) { try await daemon.run() }
            }
        } catch let error as ConfigurationMistakes {
            throw complain(error)
        } catch let error as PackagingError {
            throw complain(error)
        }
    }

    private static func settings(
        _ configuration: DaemonConfiguration,
        _ inherited: [InheritedSocket],
        _ logger: Logger
    ) throws -> DaemonSettings {
        do {
            return try DaemonSettings(configuration, inherited: inherited, logger: logger)
        } catch let fault as SettingFault {
            // The files were good when they were checked, a moment ago.
            throw PackagingError(.failedPrecondition, fault.reason)
        }
    }
}
