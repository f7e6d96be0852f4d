import Logging
import Model
import Synchronization

/// The level that all log handlers of this process read: changed here, it changes for every logger there is.
final class LogLevel: Sendable {
    private let index: Atomic<Int>

    init(_ level: Logger.Level) { index = Atomic(Self.position(level)) }

    /// The level.
    var current: Logger.Level {
        get { Logger.Level.allCases[index.load(ordering: .relaxed)] }
        set { index.store(Self.position(newValue), ordering: .relaxed) }
    }

    private static func position(_ level: Logger.Level) -> Int { Logger.Level.allCases.firstIndex(of: level) ?? 0 }
}

extension LogLevel: Reloadable {
    var settings: [Setting] { [.logLevel] }

    func reload(_ configuration: DaemonConfiguration) { current = configuration.logLevel }
}
