import Foundation
import Logging
import Processes
import Workers

extension WorkerPool {
    /// A pool of workers that accept every file as audio, with limits on time that no busy machine exceeds.
    static func fake() throws -> WorkerPool {
        var configuration = WorkerConfiguration(executable: program("fake-worker"))
        configuration.user = nil  // The fake worker is not confined and knows no arguments.
        return try patient(configuration)
    }

    /// A pool of real workers, with limits on time that no busy machine exceeds.
    static func real() throws -> WorkerPool {
        try patient(WorkerConfiguration(executable: program("packaging-worker")))
    }

    private static func program(_ name: String) -> String {
        Bundle(for: Marker.self).bundleURL.appending(path: name).path
    }

    private static func patient(_ configuration: WorkerConfiguration) throws -> WorkerPool {
        var configuration = configuration
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
