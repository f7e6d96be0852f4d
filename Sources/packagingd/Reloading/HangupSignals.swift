import Glibc
import Synchronization
import UnixSignals

/// The signal SIGHUP, which makes a daemon read its configuration again.
///
/// Once a value of this type exists, the signal does not end the process any more, not even while the daemon starts or
/// stops.
struct HangupSignals: Sendable {
    private let signals: UnixSignalsSequence

    /// The sequences are kept until the process ends. If the last one were released, the signal would end the process
    /// again.
    private static let kept = Mutex<[UnixSignalsSequence]>([])

    init() async {
        // The signal is ignored until the sequence listens.
        _ = signal(SIGHUP, SIG_IGN)
        let signals = await UnixSignalsSequence(trapping: .sighup)
        Self.kept.withLock { $0.append(signals) }
        self.signals = signals
    }

    /// Runs `body`, and calls `reloader` at each signal.
    func reloading(
        _ reloader: ConfigurationReloader,
        while body: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { try await body() }
            group.addTask {
                var reloader = reloader
                for await _ in signals { await reloader.reload() }
            }
            // The sequence of signals never ends, so the first task to end is the body's.
            try await group.next()
            group.cancelAll()
        }
    }
}
