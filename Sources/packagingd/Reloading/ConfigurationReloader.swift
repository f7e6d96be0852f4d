import Logging
import Model

/// Reads the configuration again, and gives the parts of the daemon those new values that they accept while running.
struct ConfigurationReloader: Sendable {
    private let sources: ConfigurationSources
    /// The values that the daemon runs with. For a setting that needs a restart, this is the value from the start.
    private var running: DaemonConfiguration
    private let parts: [any Reloadable]
    private let logger: Logger

    /// - Parameter running: The configuration that the daemon was started with.
    init(
        sources: ConfigurationSources,
        running: DaemonConfiguration,
        parts: [any Reloadable],
        logger: Logger
    ) {
        self.sources = sources
        self.running = running
        self.parts = parts
        // The operator who sends the signal must see the answer in the log, whatever the log level is.
        self.logger = logger.heard
    }

    /// Reads the configuration again. If there are mistakes, nothing changes, and each mistake is logged.
    mutating func reload() async {
        let new: DaemonConfiguration
        do throws(ConfigurationMistakes) {
            new = try sources.load()
        } catch {
            for mistake in error.mistakes {
                logger.error("mistake in the configuration", metadata: ["problem": "\(mistake)"])
            }
            logger.error(
                "configuration not reloaded: the daemon goes on with what it has",
                metadata: ["file": "\(sources.file.path)", "mistakes": .stringConvertible(error.mistakes.count)]
            )
            return
        }
        for warning in new.warnings { logger.warning("configuration", metadata: ["problem": "\(warning)"]) }
        let applied = await apply(new)
        let waiting = Setting.all.filter { !$0.isReloadable && differs($0, new) }
        for setting in waiting { report("setting changed, and needs a restart", setting, new) }
        logger.notice(
            "configuration reloaded",
            metadata: [
                "file": "\(sources.file.path)", "applied": .stringConvertible(applied),
                "waiting": .stringConvertible(waiting.count),
            ]
        )
    }

    /// Gives every part its new values.
    ///
    /// - Returns: How many settings changed.
    private mutating func apply(_ new: DaemonConfiguration) async -> Int {
        var count = 0
        for part in parts {
            do throws(PackagingError) {
                try await part.reload(new)
            } catch {
                logger.error(
                    "settings not applied: the daemon goes on with what it has",
                    metadata: [
                        "settings": "\(part.settings.map(\.name).joined(separator: ","))",
                        "error": "\(error.inOneLine)",
                    ]
                )
                continue
            }
            for setting in part.settings where differs(setting, new) {
                report("setting changed and applied", setting, new)
                running.values[setting.name] = new.values[setting.name]
                count += 1
            }
        }
        return count
    }

    private func differs(_ setting: Setting, _ new: DaemonConfiguration) -> Bool {
        running.values[setting.name]?.value != new.values[setting.name]?.value
    }

    private func report(_ sentence: Logger.Message, _ setting: Setting, _ new: DaemonConfiguration) {
        func text(_ resolved: ResolvedSetting?) -> String { resolved.map { "\($0.value)" } ?? "none" }
        let (before, after) = (running.values[setting.name], new.values[setting.name])
        logger.notice(
            sentence,
            metadata: [
                "setting": "\(setting.name)", "before": "\(text(before))", "after": "\(text(after))",
                "by": "\(after?.origin ?? .standard)",
            ]
        )
    }
}

extension Logger {
    /// This logger with the level "info".
    fileprivate var heard: Logger {
        var logger = self
        logger.logLevel = .info
        return logger
    }
}
