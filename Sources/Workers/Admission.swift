internal import Concurrency
internal import Model
internal import Synchronization

/// Limits how many tasks have a worker at once, as `Parallelism` decides, and admits them in the order of `FairQueue`.
final class Admission: Sendable {
    private struct State {
        var queue: FairQueue<TenantID?, UInt64>
        var parallelism: Parallelism
        var turns: [UInt64: Deferred<Void>] = [:]
        var lastTicket: UInt64 = 0
    }

    private let state: Mutex<State>
    private let most: Int
    private let now: @Sendable () -> Duration
    private let room: @Sendable () -> Int?
    private let changed: @Sendable (Parallelism.Change) -> Void

    /// Admits `most` tasks at once when nothing is short.
    ///
    /// - Parameters:
    ///   - now: The time since any fixed moment.
    ///   - room: The number of workers for which the machine has memory, those that run included; nil if unknown.
    ///   - changed: Called when more or fewer tasks are admitted than before.
    init(
        most: Int,
        now: @escaping @Sendable () -> Duration,
        room: @escaping @Sendable () -> Int? = { nil },
        changed: @escaping @Sendable (Parallelism.Change) -> Void = { _ in }
    ) {
        self.most = most
        self.now = now
        self.room = room
        self.changed = changed
        state = Mutex(State(queue: FairQueue(capacity: most), parallelism: Parallelism(most: most)))
    }

    /// Waits for a turn of `tenant`. After every return without an error, ``leave()`` must be called once.
    ///
    /// - Throws: `CancellationError` if the task is cancelled first.
    func enter(_ tenant: TenantID?) async throws {
        try Task.checkCancellation()
        look()
        let waiting: (ticket: UInt64, turn: Deferred<Void>)? = state.withLock { state in
            state.lastTicket += 1
            if state.queue.arrive(state.lastTicket, of: tenant) { return nil }
            let turn = Deferred<Void>()
            state.turns[state.lastTicket] = turn
            return (state.lastTicket, turn)
        }
        guard let (ticket, turn) = waiting else { return }
        do {
            try await turn.value
        } catch {
            let wasWaiting = state.withLock { state in
                state.turns[ticket] = nil
                return state.queue.abandon(ticket, of: tenant)
            }
            // The turn came at the same time as the cancellation, so it is passed on.
            if !wasWaiting { leave() }
            throw error
        }
    }

    func leave() {
        let next = state.withLock { state in
            state.queue.leave().flatMap { state.turns.removeValue(forKey: $0) }
        }
        next?.settle(.success(()))
    }

    /// The machine was short of something that every worker needs.
    func shortage() {
        let now = now()
        change { $0.shortage(at: now) }
    }

    /// Looks whether more tasks may be admitted, or fewer. To be called from time to time while tasks are inside.
    func look() {
        guard most > 1 else { return }
        let (now, room) = (now(), room())
        change { $0.look(at: now, room: room) }
    }

    private func change(_ decide: (inout Parallelism) -> Parallelism.Change?) {
        let (change, turns) = state.withLock { state -> (Parallelism.Change?, [Deferred<Void>]) in
            guard let change = decide(&state.parallelism) else { return (nil, []) }
            let admitted = state.queue.resize(to: state.parallelism.limit)
            return (change, admitted.compactMap { state.turns.removeValue(forKey: $0) })
        }
        for turn in turns { turn.settle(.success(())) }
        if let change { changed(change) }
    }
}
