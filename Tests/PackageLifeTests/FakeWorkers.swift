import Foundation
import Logging
import Processes
import Workers

extension WorkerPool {
    /// A pool of workers that take every file for audio, with limits on time that no busy machine exceeds.
    static func fake() throws -> WorkerPool {
        let program = Bundle(for: Marker.self).bundleURL.appending(path: "fake-worker").path
        var configuration = WorkerConfiguration(executable: program)
        configuration.user = nil  // It is not confined, and knows no arguments.
        configuration.stallLimit = .seconds(600)
        configuration.measureLimit = .seconds(600)
        configuration.renderLimit = .seconds(600)
        return WorkerPool(
            configuration: configuration,
            launcher: try Launcher(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }
}

private final class Marker {}
