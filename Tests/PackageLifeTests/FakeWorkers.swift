import Foundation
import Logging
import Processes
import Workers

extension WorkerPool {
    /// A pool of workers that take every file for audio.
    static func fake() throws -> WorkerPool {
        let program = Bundle(for: Marker.self).bundleURL.appending(path: "fake-worker").path
        var configuration = WorkerConfiguration(executable: program)
        configuration.user = nil  // It is not confined, and knows no arguments.
        return WorkerPool(
            configuration: configuration,
            launcher: try Launcher(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }
}

private final class Marker {}
