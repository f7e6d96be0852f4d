import Glibc
import Synchronization
import UnixSignals

/// SIGHUP, which makes a daemon read its configuration again.
///
/// From the first of these on the signal ends the process no more, also not while the daemon starts or stops.
struct HangupSignals: Sendable {
    private let signals: UnixSignalsSequence

    /// Kept to the end of the process: with the last of its sources the signal would get its old meaning back.
    private static let kept = Mutex<[UnixSignalsSequence]>([])

    init() async {
        // Until the sequence listens.
        _ = signal(SIGHUP, SIG_IGN)
        let signals = await UnixSignalsSequence(trapping: .sighup)
        Self.kept.withLock { $0.append(signals) }
        self.signals = signals
    }

    /// Runs `body`, and `reloader` at each signal.
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
            // Signals never end.
            try await group.next()
            group.cancelAll()
        }
    }
}
