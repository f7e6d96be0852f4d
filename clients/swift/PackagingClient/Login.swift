internal import PackagingMessages
internal import Synchronization
internal import TTRPC

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Who calls on one connection: tells the daemon by a token, and renews it.
///
/// A token that is renewed on the connection lets everything go on that runs there. Where nothing runs, it is renewed before
/// the next call.
final class Login: Sendable {
    private struct State {
        var token = ""
        /// How many tokens the daemon has taken: the name of the present one.
        var turn = 0
        var reply: AuthenticateReply?
        var endsAt: ContinuousClock.Instant?
        /// The replacing of a token that is under way, which all refused calls share.
        var replacing: Task<Result<Bool, PackagingError>, Never>?
        var timer: Task<Void, Never>?
        var isDue = false
        var running = 0
        var hasEnded = false
    }

    private let connection: RPCConnection
    private let tokens: TokenSource
    private let metadata: Metadata
    private let state = Mutex(State())

    private init(_ connection: RPCConnection, _ tokens: TokenSource, _ metadata: Metadata) {
        self.connection = connection
        self.tokens = tokens
        self.metadata = metadata
    }

    /// Tells the daemon who calls. A token that is refused is replaced once, if the source has another one by now.
    ///
    /// - Throws: ``PackagingError`` with code `unauthenticated` if the daemon takes none.
    static func begin(
        on connection: RPCConnection,
        _ tokens: TokenSource,
        _ metadata: Metadata
    ) async throws(PackagingError) -> Login {
        let login = Login(connection, tokens, metadata)
        let token = try await tokens.present()
        do throws(PackagingError) {
            try await login.authenticate(token)
        } catch {
            guard error.code == .unauthenticated, let fresh = try await tokens.another(than: token) else { throw error }
            try await login.authenticate(fresh)
        }
        return login
    }

    /// Makes a call. If the daemon refuses the token, and the source has another one, it is made twice.
    func call<Reply>(
        mayRepeat: Bool,
        _ body: () async throws(PackagingError) -> Reply
    ) async throws(PackagingError) -> Reply {
        if state.withLock({ $0.isDue }) { await renewEarly() }
        let turn = state.withLock { state in
            state.running += 1
            return state.turn
        }
        defer { state.withLock { $0.running -= 1 } }
        do throws(PackagingError) {
            return try await body()
        } catch {
            guard error.code == .unauthenticated, mayRepeat, try await renew(after: turn) else { throw error }
        }
        return try await body()
    }

    /// The daemon's answer to the present token.
    var reply: AuthenticateReply? { state.withLock { $0.reply } }

    /// A stream begins, which runs until the connection is closed.
    func streamBegins() { state.withLock { $0.running += 1 } }

    /// The connection is closed: nothing is renewed any more.
    func end() {
        let timer = state.withLock { state in
            state.hasEnded = true
            defer { state.timer = nil }
            return state.timer
        }
        timer?.cancel()
    }

    /// Takes another token after the one of `turn` was refused; false if the source has no other.
    private func renew(after turn: Int) async throws(PackagingError) -> Bool {
        // Of several calls that were refused together, one renews for all.
        let task = state.withLock { state -> Task<Result<Bool, PackagingError>, Never>? in
            guard state.turn == turn else { return nil }
            if let replacing = state.replacing { return replacing }
            let task = Task { await self.replace() }
            state.replacing = task
            return task
        }
        guard let task else { return true }
        return try await task.value.get()
    }

    private func replace() async -> Result<Bool, PackagingError> {
        defer { state.withLock { $0.replacing = nil } }
        do throws(PackagingError) {
            guard let fresh = try await tokens.another(than: state.withLock { $0.token }) else {
                return .success(false)
            }
            try await authenticate(fresh)
            return .success(true)
        } catch {
            return .failure(error)
        }
    }

    private func authenticate(_ token: String) async throws(PackagingError) {
        let request = AuthenticateRequest(token: token)
        let reply = try await connection.unary(
            SessionMethods.authenticate,
            request,
            metadata: metadata,
            timeout: .seconds(10)
        )
        let remaining = reply.expiresAt.map { $0.fromNow }
        state.withLock { state in
            (state.token, state.reply, state.isDue) = (token, reply, false)
            state.turn += 1
            state.endsAt = remaining.map { .now + $0 }
            setTimer(&state, remaining.flatMap { Renewal.firstPause(remaining: $0) })
        }
    }

    /// Renews after `pause`, where there is another token to be had.
    private func setTimer(_ state: inout State, _ pause: Duration?) {
        state.timer?.cancel()
        state.timer = nil
        guard let pause, !state.hasEnded, tokens.isRenewable else { return }
        state.timer = Task { [weak self] in
            guard (try? await Task.sleep(for: pause)) != nil else { return }
            await self?.comesDue()
        }
    }

    private func comesDue() async {
        let isRunning = state.withLock { state in
            state.isDue = true
            return state.running > 0
        }
        // Nobody is asked for a token while nobody calls.
        if isRunning { await renewEarly() }
    }

    /// Renews the token while it is still good. Where that fails, the calls themselves find out.
    private func renewEarly() async {
        let turn = state.withLock { $0.turn }
        if case .some(true) = try? await renew(after: turn) { return }
        state.withLock { state in
            guard state.turn == turn, let endsAt = state.endsAt else { return }
            let pause = Renewal.nextPause(remaining: endsAt - .now)
            state.isDue = pause == nil
            setTimer(&state, pause)
        }
    }
}

extension ProtoTimestamp {
    /// The time until then by this machine's clock.
    fileprivate var fromNow: Duration {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        // A time beyond all clocks is as good as ten thousand years.
        let seconds = min(max(self.seconds, 0), 253_402_300_799)
        return .seconds(seconds - Int64(now.tv_sec)) + .nanoseconds(Int64(nanos) - Int64(now.tv_nsec))
    }
}
