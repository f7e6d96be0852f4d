/// Which caller has which connection. All decisions of the pool are made here, and nothing else is done here.
///
/// It has no clock, thread or socket. Each event returns the actions to be done. The reporter of the event does them
/// after it has released the lock around this value.
struct PoolState {
    typealias ConnectionID = Int
    typealias WaiterID = Int

    /// An action that the pool has to do.
    enum Action: Hashable {
        /// Open a connection after a delay, then report ``opened(_:)`` or ``failed(_:passing:)``.
        case open(ConnectionID, after: Duration)
        /// Give the waiter the connection.
        case lend(ConnectionID, to: WaiterID)
        /// Tell the waiter that it gets no connection.
        case refuse(WaiterID, Refusal)
        /// Close the connection, then report ``closed(_:)``.
        case close(ConnectionID)
        /// All connections are closed after a call of ``close()``.
        case finished
    }

    /// Why a waiter gets no connection.
    enum Refusal: Hashable {
        /// All connections stayed in use for the whole acquire timeout.
        case timeout
        /// The server cannot be reached, for the acquire timeout or permanently.
        case unreachable
        /// An attempt to connect was still under way at the end of the acquire timeout, and none has failed since the last
        /// success.
        case unanswered
        /// The pool is closed.
        case closed
    }

    private enum Slot {
        /// Becomes idle, lent or closing, or ends.
        case opening
        /// Becomes lent or closing.
        case idle
        /// Becomes idle, lent to the next, or closing.
        case lent
        /// Ends.
        case closing
    }

    private let maximum: Int
    private var slots: [ConnectionID: Slot] = [:]
    /// Idle connections. The last one returned is lent first, so that the others stay idle and can be closed.
    private var idle: [ConnectionID] = []
    private var waiters: [WaiterID] = []
    /// The waiting callers that a failure to connect ends.
    private var impatient: Set<WaiterID> = []
    private var lastID = 0
    /// Failed attempts to connect since the last success.
    private var failures = 0
    private var isClosing = false

    init(maximum: Int) { self.maximum = max(1, maximum) }

    var connectionCount: Int { slots.count }
    var waiterCount: Int { waiters.count }

    /// A caller wants a connection. The answer is a ``Action/lend(_:to:)`` or a ``Action/refuse(_:_:)``, now or later.
    mutating func wanted(by waiter: WaiterID) -> [Action] {
        guard !isClosing else { return [.refuse(waiter, .closed)] }
        if let connection = takeIdle() { return [.lend(connection, to: waiter)] }
        waiters.append(waiter)
        return openForWaiters()
    }

    /// A caller wants a connection if there is a free one.
    mutating func takeIdle() -> ConnectionID? {
        guard let connection = idle.popLast() else { return nil }
        slots[connection] = .lent
        return connection
    }

    /// The caller reached its timeout or was cancelled. Nothing happens if it was already answered.
    mutating func gaveUp(_ waiter: WaiterID) -> [Action] {
        guard let position = waiters.firstIndex(of: waiter) else { return [] }
        waiters.remove(at: position)
        impatient.remove(waiter)
        return [.refuse(waiter, reasonForWaiting)]
    }

    /// From now on, the caller waits no longer if connecting fails. If it fails already, that is now. Nothing happens if the
    /// caller was already answered.
    mutating func becameImpatient(_ waiter: WaiterID) -> [Action] {
        guard waiters.contains(waiter) else { return [] }
        if failures > 0 { return gaveUp(waiter) }
        impatient.insert(waiter)
        return []
    }

    /// The reason why the waiting callers have no connection.
    private var reasonForWaiting: Refusal {
        if failures > 0 { return .unreachable }
        return openingCount > 0 ? .unanswered : .timeout
    }

    /// A connection is ready for its first job.
    mutating func opened(_ connection: ConnectionID) -> [Action] {
        failures = 0
        guard !isClosing else { return close(connection) }
        return becomeFree(connection) + openForWaiters()
    }

    /// A connection could not be opened, and is gone.
    ///
    /// - Parameter passing: Whether another attempt may succeed. If not, all waiting callers are refused at once.
    mutating func failed(_ connection: ConnectionID, passing: Bool) -> [Action] {
        slots[connection] = nil
        guard !isClosing else { return finishIfEmpty() }
        failures += 1
        let refusals = refuse(passing ? impatient : Set(waiters))
        guard passing else { return refusals }
        // Only one connection is attempted for all waiting callers, so that a server that just came back gets no rush
        // of them.
        return refusals + (openingCount > 0 || waiters.isEmpty ? [] : [open()])
    }

    /// A caller returns a connection; `reusable` if nothing is under way on it.
    mutating func returned(_ connection: ConnectionID, reusable: Bool) -> [Action] {
        guard reusable, !isClosing else { return close(connection) + openForWaiters() }
        return becomeFree(connection)
    }

    /// The server ended a connection, or it was idle for too long. Nothing happens if it has been lent meanwhile.
    mutating func lost(_ connection: ConnectionID) -> [Action] {
        guard let position = idle.firstIndex(of: connection) else { return [] }
        idle.remove(at: position)
        return close(connection)
    }

    /// A connection reached the idle timeout. The last connection is kept.
    mutating func wasIdle(_ connection: ConnectionID) -> [Action] {
        slots.count > 1 ? lost(connection) : []
    }

    /// A closed connection is gone.
    mutating func closed(_ connection: ConnectionID) -> [Action] {
        slots[connection] = nil
        return isClosing ? finishIfEmpty() : openForWaiters()
    }

    /// No caller gets a connection any more. Connections in use are closed when they are returned.
    mutating func close() -> [Action] {
        guard !isClosing else { return [] }
        isClosing = true
        defer { (waiters, impatient, idle) = ([], [], []) }
        let refusals = waiters.map { Action.refuse($0, .closed) }
        let opening = slots.filter { if case .opening = $0.value { true } else { false } }.map(\.key)
        return refusals + (idle + opening.sorted()).flatMap { close($0) } + finishIfEmpty()
    }

    // MARK: Pieces

    /// The number of connections that are being opened.
    private var openingCount: Int { slots.values.count { if case .opening = $0 { true } else { false } } }

    private mutating func becomeFree(_ connection: ConnectionID) -> [Action] {
        guard !waiters.isEmpty else {
            slots[connection] = .idle
            idle.append(connection)
            return []
        }
        slots[connection] = .lent
        let next = waiters.removeFirst()
        impatient.remove(next)
        return [.lend(connection, to: next)]
    }

    /// Tells waiting callers that the server cannot be reached.
    private mutating func refuse(_ some: Set<WaiterID>) -> [Action] {
        let refused = waiters.filter(some.contains)
        waiters.removeAll(where: some.contains)
        impatient.subtract(refused)
        return refused.map { .refuse($0, .unreachable) }
    }

    private mutating func close(_ connection: ConnectionID) -> [Action] {
        slots[connection] = .closing
        return [.close(connection)]
    }

    /// Opens a connection for each waiting caller that has none on its way, up to the maximum; after a failure only
    /// one.
    private mutating func openForWaiters() -> [Action] {
        guard !isClosing else { return [] }
        var actions: [Action] = []
        var opening = openingCount
        let wanted = failures > 0 ? min(1, waiters.count) : waiters.count
        while opening < wanted, slots.count < maximum {
            actions.append(open())
            opening += 1
        }
        return actions
    }

    private mutating func open() -> Action {
        lastID += 1
        slots[lastID] = .opening
        return .open(lastID, after: backoff)
    }

    /// The delay before the next attempt to connect: none at first, then 50 ms, doubled with every failure up to two
    /// seconds.
    private var backoff: Duration {
        failures == 0 ? .zero : min(.milliseconds(50 << min(failures - 1, 6)), .seconds(2))
    }

    private func finishIfEmpty() -> [Action] { slots.isEmpty ? [.finished] : [] }
}
