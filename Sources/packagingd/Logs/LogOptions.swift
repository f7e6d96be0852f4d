import ArgumentParser
import Foundation
import Logging

/// The options that say what is logged, and how.
struct LogOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "debug, info, notice, warning or error; info unless PACKAGINGD_LOG_LEVEL says otherwise.",
            valueName: "LEVEL"
        )
    )
    var logLevel: String?

    @Option(
        help: ArgumentHelp(
            "text, or json for one object a line; text unless PACKAGINGD_LOG_FORMAT says otherwise.",
            valueName: "FORMAT"
        )
    )
    var logFormat: String?

    private static let levels: [Logger.Level] = [.debug, .info, .notice, .warning, .error]

    func validate() throws {
        _ = try level(ProcessInfo.processInfo.environment)
        _ = try format(ProcessInfo.processInfo.environment)
    }

    /// Sends everything that this process logs to standard error.
    func bootstrap() throws {
        let level = try level(ProcessInfo.processInfo.environment)
        let format = try format(ProcessInfo.processInfo.environment)
        LoggingSystem.bootstrap { label in
            var handler = LineLogHandler(label: label, format: format)
            handler.logLevel = level
            return handler
        }
    }

    func level(_ environment: [String: String]) throws -> Logger.Level {
        let (name, value) = setting("--log-level", logLevel, "PACKAGINGD_LOG_LEVEL", environment)
        guard let value else { return .info }
        guard let level = Self.levels.first(where: { $0.rawValue == value }) else {
            let words = Self.levels.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("\(name) \"\(value)\" is none of \(words)")
        }
        return level
    }

    func format(_ environment: [String: String]) throws -> LogFormat {
        let (name, value) = setting("--log-format", logFormat, "PACKAGINGD_LOG_FORMAT", environment)
        guard let value else { return .text }
        guard let format = LogFormat(rawValue: value) else {
            throw ValidationError("\(name) \"\(value)\" is neither text nor json")
        }
        return format
    }

    private func setting(
        _ option: String,
        _ value: String?,
        _ variable: String,
        _ environment: [String: String]
    ) -> (name: String, value: String?) {
        if let value { return (option, value) }
        return (variable, environment[variable].flatMap { $0.isEmpty ? nil : $0 })
    }
}
