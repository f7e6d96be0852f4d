import Concurrency
import Logging
import Model
import Synchronization

/// The keys of one source. It looks there again and again, and keeps the keys that it has while the source is away.
final class TrustedKeys: Sendable {
    private struct State {
        /// Nil until the source was read once.
        var keys: KeySet?
        var bytes: [UInt8]?
        /// The looks that have begun, and those that are done.
        var begun = 0
        var done = 0
        /// Why the last look failed; nil if it did not.
        var failure: PackagingError?
        /// The ids of the keys that were gone in the last look. Until the next one may begin, nobody waits for them. There is
        /// no such list of ids that were never there: with it, anybody who guesses the id of the next key could have that
        /// key's first tokens refused.
        var gone: Set<String?> = []
        var waiting = 0
    }

    private let source: any KeySource
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let state = Mutex(State())
    /// A caller waits for a look.
    private let asked = Signal()
    /// A look is done.
    private let looked = Signal()

    /// The most callers that wait for a look at once.
    private static let waiterLimit = 1000

    init(_ source: any KeySource, clock: any Clock<Duration>, logger: Logger) {
        self.source = source
        self.clock = clock
        self.logger = logger
    }

    /// The keys; nil until the source was read once.
    var current: KeySet? { state.withLock { $0.keys } }

    /// How many callers wait for a look.
    var waiting: Int { state.withLock { $0.waiting } }

    // MARK: Callers

    /// The key for a token. A key that is not there may be new: for it, this waits for a look that begins after the call.
    ///
    /// - Throws: `TOKEN_KEYS_UNAVAILABLE` if that look fails, or too many callers wait.
    func key(id: String?, _ algorithm: TokenAlgorithm) async throws(PackagingError) -> KeySet.Match {
        let target = try state.withLock { state throws(PackagingError) -> Result<Int, Found> in
            if let match = state.keys?.match(id: id, algorithm), match != .none || state.gone.contains(id) {
                return .failure(Found(match: match))
            }
            guard state.waiting < Self.waiterLimit else { throw unavailable("too many callers wait for new keys") }
            state.waiting += 1
            return .success(state.begun + 1)
        }
        switch target {
        case .failure(let found): return found.match
        case .success(let look):
            defer { state.withLock { $0.waiting -= 1 } }
            asked.send()
            return try await match(id: id, algorithm, after: look)
        }
    }

    private struct Found: Error { var match: KeySet.Match }

    private func match(
        id: String?,
        _ algorithm: TokenAlgorithm,
        after look: Int
    ) async throws(PackagingError) -> KeySet.Match {
        while true {
            let count = looked.count
            let (match, isDone, failure) = state.withLock { state in
                (state.keys?.match(id: id, algorithm), state.done >= look, state.failure)
            }
            if let match, match != .none { return match }
            if isDone {
                guard let match, failure == nil else { throw unavailable("the keys cannot be fetched") }
                return match
            }
            guard !Task.isCancelled else { throw PackagingError(.cancelled, "the call was cancelled") }
            await looked.wait(since: count)
        }
    }

    /// What went wrong is in the log; a caller need not know where our keys come from.
    private func unavailable(_ reason: String) -> PackagingError {
        PackagingError(
            .unavailable,
            "could not check the token: \(reason)",
            reason: TokenFault.keysUnavailable.rawValue,
            retryAfter: source.pace.pause
        )
    }

    // MARK: Looking

    /// Looks for new keys until the task is cancelled: usually now and then, and soon where a caller waits for one.
    func run() async {
        // Callers may have asked before this runs.
        var count = 0
        if state.withLock({ $0.done == 0 }) { await look() }
        while !Task.isCancelled {
            try? await clock.sleep(for: source.pace.pause)
            let failed = state.withLock { state in
                state.gone = []
                return state.failure != nil
            }
            if !failed { await rest(since: count) }
            if Task.isCancelled { break }
            // Who asks from here on may wait for the look after this one.
            count = asked.count
            await look()
        }
    }

    /// Waits until a caller asks, or the usual time is over. Daemons that started together do not look together.
    private func rest(since count: Int) async {
        guard source.pace.usual > source.pace.pause else { return }
        let rest = max(.zero, source.pace.usual * Double.random(in: 0.9...1.1) - source.pace.pause)
        await withTaskGroup { group in
            group.addTask { [asked] in await asked.wait(since: count) }
            group.addTask { [clock] in try? await clock.sleep(for: rest) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Looks once.
    func look() async {
        state.withLock { $0.begun += 1 }
        do throws(PackagingError) {
            try await take(try await source.read())
        } catch {
            fail(error)
        }
        looked.send()
    }

    private func take(_ bytes: [UInt8]) async throws(PackagingError) {
        // What failed before was logged then, and must not count as keys now.
        let isSame = state.withLock { $0.bytes == bytes }
        guard !isSame else { return conclude(nil) }
        let found: (set: KeySet, skipped: [String])
        do throws(JSONFault) {
            found = try await source.keys(in: bytes)
        } catch {
            throw PackagingError(.unavailable, "\"\(source.name)\" \(error.reason)")
        }
        conclude((found.set, bytes))
        for reason in found.skipped {
            logger.warning(
                "a key for tokens is not used",
                metadata: ["source": "\(source.name)", "reason": "\(reason)"]
            )
        }
        logger.notice("keys for tokens read", metadata: ["source": "\(source.name)", "keys": "\(found.set.summary)"])
    }

    /// Ends a look that has read the source.
    private func conclude(_ new: (keys: KeySet, bytes: [UInt8])?) {
        let wasAway = state.withLock { state in
            defer { state.failure = nil }
            let former = state.keys?.keys ?? []
            if let new { (state.keys, state.bytes) = (new.keys, new.bytes) }
            let ids = Set(state.keys?.keys.map(\.id) ?? [])
            state.gone = Set(former.map(\.id)).subtracting(ids)
            state.done = state.begun
            return state.failure != nil
        }
        if wasAway { logger.notice("keys for tokens can be read again", metadata: ["source": "\(source.name)"]) }
    }

    private func fail(_ error: PackagingError) {
        let (isNew, hasKeys) = state.withLock { state in
            defer { state.failure = error }
            state.done = state.begun
            return (state.failure?.message != error.message, state.keys != nil)
        }
        guard isNew else { return }
        logger.error(
            hasKeys ? "keys for tokens not read: those that were read before stay" : "keys for tokens not read",
            metadata: ["source": "\(source.name)", "error": "\(error)"]
        )
    }
}
