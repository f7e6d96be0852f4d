import ArgumentParser
import Logging
import Model

/// `packagingd serve`: runs until SIGTERM or SIGINT.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve until SIGTERM or Ctrl-C.",
        discussion: """
            Without options the daemon keeps everything in its state folder: a private Postgres, audio and packages, and \
            the socket that packctl looks for. Each option can also be set in the configuration file, where it has the \
            same name, and in the environment: PACKAGINGD_LOG_LEVEL for --log-level. A flag wins over the environment, \
            and the environment over the file.

            EXAMPLES
              packagingd serve
              packagingd serve --state-dir /srv/packaging --workers 8
              packagingd serve --database-url postgresql://packaging@db.internal/packaging
            """
    )

    @OptionGroup var settings: SettingOptions

    func run() async throws {
        do {
            let configuration = try settings.sources.load()
            LineLogHandler.bootstrap(level: LogLevel(configuration.logLevel), format: configuration.logFormat)
            let logger = Logger(label: "packagingd")
            for warning in configuration.warnings {
                logger.warning("configuration", metadata: ["problem": "\(warning)"])
            }
            try await Daemon(settings: try DaemonSettings(configuration), logger: logger).run()
        } catch let error as ConfigurationMistakes {
            throw complain(error)
        } catch let error as PackagingError {
            throw complain(error)
        }
    }
}
