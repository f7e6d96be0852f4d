import Glibc
import Logging
import UnixSignals

/// Runs `body`, and calls `stop` when the process gets SIGTERM or SIGINT. At a second signal the process ends at once:
/// the database and the workers end with it, and the next start repairs what is left, as after a power cut.
func withStopSignals(
    logger: Logger,
    stop: @escaping @Sendable () async -> Void,
    run body: @escaping @Sendable () async throws -> Void
) async throws {
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    try await withThrowingTaskGroup { group in
        group.addTask { try await body() }
        group.addTask {
            var isStopping = false
            for await signal in signals {
                guard !isStopping else {
                    logger.warning("told to stop twice: ending at once", metadata: ["signal": "\(signal)"])
                    _exit(128 + signal.rawValue)
                }
                isStopping = true
                logger.info("stopping", metadata: ["signal": "\(signal)"])
                await stop()
            }
        }
        // The sequence of signals never ends, and the body may end without a signal.
        try await group.next()
        group.cancelAll()
    }
}
