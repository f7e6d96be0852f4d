package import Logging
package import Model
package import NIOCore
import NIOPosix
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#endif

/// Answers calls by ttrpc 1.2 on Unix sockets and TCP ports.
///
/// First bind addresses, then call ``run()``. Connections that come in between wait in the system's queue.
package final class RPCServer: Sendable {
    /// The limits of a server.
    package struct Configuration: Sendable {
        /// The most connections that may be open at once. Some more are kept, so that the daemon can be looked at and
        /// operated when callers have taken all: see ``reservedConnections`` and ``healthConnections``.
        package var maximumConnections = 4096
        /// The most of them that one peer may have: an IP address, or a user of the Unix sockets other than the daemon's own.
        package var maximumConnectionsPerPeer = 512
        /// The peers through which many callers come. Each may have three quarters of the connections, and half of the
        /// memory for what is received.
        package var gateways: Set<PeerKey> = []
        /// The connections beyond the maximum that the daemon's own user may open.
        package var reservedConnections = 64
        /// The connections beyond the maximum on which anybody may check the daemon's health, once. Whatever else is called
        /// there is refused, and after ``healthTime`` they are closed.
        package var healthConnections = 64
        /// How long a connection for a check of the health may be open.
        package var healthTime = Duration.seconds(2)
        /// How long the handshake of TLS may take. A connection takes a place only after it.
        package var handshakeTime = Duration.seconds(10)
        /// The most connections that may be in the handshake of TLS at once.
        package var maximumHandshakes = 1024
        /// The most of them that one peer may have.
        package var maximumHandshakesPerPeer = 128
        /// The most calls of one connection that may run at once; further ones are answered RESOURCE_EXHAUSTED.
        package var maximumCallsPerConnection = 1024
        /// The most calls of all connections of one peer that may run at once.
        package var maximumCallsPerPeer = 4096
        /// The most calls of all connections of one gateway that may run at once.
        package var maximumCallsPerGateway = 16_384
        /// How long calls may continue after a graceful shutdown has begun; then they are cancelled.
        package var drainTimeout = Duration.seconds(30)
        /// The delay after which a refused caller is told to call again.
        package var retryDelay = Duration.seconds(1)

        /// The default limits.
        package init() {}
    }

    private struct State {
        var channels: [any Channel] = []
        var sockets: [UnixListener] = []
        var connections: [ObjectIdentifier: ServerConnection] = [:]
        var places = ConnectionPlaces()
        var placesTaken: [ObjectIdentifier: (place: ConnectionPlaces.Place, peer: PeerKey)] = [:]
        /// The calls of the peers that have connections.
        var accounts: [PeerKey: PeerAccount] = [:]
        var handshakes = Handshakes()
        /// The channels in their handshake.
        var greeted: [ObjectIdentifier: any Channel] = [:]
        var isStopping = false
    }

    private let router: Router
    private let configuration: Configuration
    private let group: any EventLoopGroup
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let limits: Limits
    private let operatorUID: UInt32
    private let budget: ReceiveBudget
    private let operatorBudget: ReceiveBudget
    private let state = Mutex(State())
    private let accepted = AsyncStream.makeStream(of: ServerConnection.self)
    private let shutdown = AsyncStream.makeStream(of: Never.self)

    /// A server that does not listen yet.
    package convenience init(
        router: Router,
        configuration: Configuration = Configuration(),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        logger: Logger
    ) {
        self.init(router: router, configuration: configuration, group: group, clock: .continuous, logger: logger)
    }

    /// A server whose drain timeout is measured by the caller's clock.
    init(
        router: Router,
        configuration: Configuration,
        group: any EventLoopGroup,
        clock: any Clock<Duration>,
        limits: Limits = Limits(),
        operatorUID: UInt32 = geteuid(),
        logger: Logger
    ) {
        self.router = router
        self.configuration = configuration
        self.group = group
        self.clock = clock
        self.logger = logger
        self.limits = limits
        self.operatorUID = operatorUID
        budget = ReceiveBudget(bytes: limits.serverReceive)
        operatorBudget = ReceiveBudget(bytes: limits.serverReceive)
    }

    /// Listens on `address`.
    ///
    /// A Unix socket gets the mode 0600; a socket file that a killed daemon left is removed after checking that no
    /// process answers on it. Connections are served once ``run()`` is called.
    ///
    /// - Parameters:
    ///   - security: Whether TLS protects what is sent. On a Unix socket it must be plain.
    ///   - group: A group whose members may connect to a Unix socket, too: then it gets the mode 0660.
    /// - Returns: The address, with the port that the system chose if it was 0.
    /// - Throws: For a Unix socket `alreadyExists` if another process listens there, `failedPrecondition` if the path is a
    ///   file and no socket, `invalidArgument` if it has more than 107 bytes. `unavailable` if the system refuses, also
    ///   for a TCP port that is in use.
    @discardableResult
    package func bind(
        to address: Address,
        security: ListenerSecurity = .plain,
        group: UInt32? = nil
    ) async throws(PackagingError) -> Address {
        let bootstrap = bootstrap(isUnix: address.isUnix, security)
        switch address {
        case .unix(let path):
            let (socket, binding) = try UnixListener.open(path, group: group) { bootstrap.withBoundSocket($0) }
            do {
                let channel = try await binding.get()
                state.withLock { state in
                    state.channels.append(channel)
                    state.sockets.append(socket)
                }
                return address
            } catch {
                socket.release()
                throw Self.bindFailure(address, error)
            }
        case .tcp(let host, let port):
            do {
                let channel = try await bootstrap.bind(host: host, port: port).get()
                state.withLock { $0.channels.append(channel) }
                return .tcp(host: host, port: channel.localAddress?.port ?? port)
            } catch {
                throw Self.bindFailure(address, error)
            }
        }
    }

    /// Listens on a socket that the service manager has opened. Connections are served once ``run()`` is called.
    ///
    /// - Returns: Its address.
    /// - Throws: `unavailable` if the system refuses.
    package func adopt(
        _ socket: InheritedSocket,
        security: ListenerSecurity = .plain
    ) async throws(PackagingError) -> Address {
        let bootstrap = bootstrap(isUnix: socket.isUnix, security)
        let binding = try socket.hand { bootstrap.withBoundSocket($0) }
        do {
            let channel = try await binding.get()
            state.withLock { $0.channels.append(channel) }
            guard let address = channel.localAddress else { return .unix(path: socket.name) }
            return if socket.isUnix {
                .unix(path: address.pathname ?? socket.name)
            } else {
                .tcp(host: address.ipAddress ?? "unknown", port: address.port ?? 0)
            }
        } catch {
            throw PackagingError(
                .unavailable,
                "could not listen on the socket \"\(socket.name)\": \(error)",
                cause: error
            )
        }
    }

    private func bootstrap(isUnix: Bool, _ security: ListenerSecurity) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.autoRead, value: false)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { [self] in accept($0, isUnix: isUnix, security) }
    }

    private static func bindFailure(_ address: Address, _ error: any Error) -> PackagingError {
        PackagingError(.unavailable, "could not listen on \"\(address)\": \(error)", cause: error)
    }

    /// Serves until ``beginGracefulShutdown()`` is called or the task is cancelled, which stops the running calls at once.
    ///
    /// Returns when every connection is closed, every handler has returned and the socket files are removed. Handlers
    /// must react to cancellation. It may be called only once.
    package func run() async {
        for channel in state.withLock({ $0.channels }) {
            channel.setOption(.autoRead, value: true).whenComplete { _ in }
        }
        await withTaskCancellationHandler {
            await withTaskGroup { group in
                group.addTask { await self.serveConnections() }
                group.addTask { await self.stopWhenDrained() }
                await group.next()
                group.cancelAll()
            }
        } onCancel: {
            beginGracefulShutdown()
        }
        for socket in state.withLock({ $0.sockets }) { socket.release() }
    }

    /// Stops accepting connections. New calls are answered UNAVAILABLE with RetryInfo, and running calls may end within
    /// the drain timeout. Returns at once; a second call has no effect.
    package func beginGracefulShutdown() {
        let (channels, connections) = state.withLock { state in
            state.isStopping = true
            return (state.channels + state.greeted.values, Array(state.connections.values))
        }
        for channel in channels { channel.close(promise: nil) }
        for connection in connections { connection.drain() }
        accepted.continuation.finish()
        shutdown.continuation.finish()
    }

    /// The numbers of open connections, of their streams, and of running handlers.
    var load: (connections: Int, streams: Int, handlers: Int) {
        let loads = state.withLock { $0.connections.values.map(\.load) }
        return (loads.count, loads.reduce(0) { $0 + $1.streams }, loads.reduce(0) { $0 + $1.handlers })
    }

    /// The number of connections in their handshake.
    var openHandshakes: Int { state.withLock { $0.greeted.count } }

    /// What is free of the budget for received bytes, in steps, and how many connections wait for it. The operator has a
    /// budget of its own.
    func receiveLoad(ofOperator: Bool) -> (free: Int, waiting: Int) { ofOperator ? operatorBudget.load : budget.load }

    private func serveConnections() async {
        await withDiscardingTaskGroup { group in
            for await connection in accepted.stream {
                group.addTask {
                    await connection.run()
                    self.forget(connection)
                }
            }
            // After a cancellation, connections that came before may not have been served; the server waits for each of
            // them as well.
            for connection in state.withLock({ Array($0.connections.values) }) {
                group.addTask { await connection.run() }
            }
        }
    }

    /// Returns only when cancelled, so that the server ends when its connections end.
    private func stopWhenDrained() async {
        for await _ in shutdown.stream {}
        try? await clock.sleep(for: configuration.drainTimeout)
        let left = state.withLock { Array($0.connections.values) }
        if !left.isEmpty {
            logger.info("stopping calls that did not end in time", metadata: ["connections": "\(left.count)"])
        }
        for connection in left { connection.stop() }
        while !Task.isCancelled { try? await clock.sleep(for: .seconds(3600)) }
    }

    /// Sets up an accepted connection, on its event loop.
    private func accept(
        _ channel: any Channel,
        isUnix: Bool,
        _ security: ListenerSecurity
    ) -> EventLoopFuture<Void> {
        let watermark = ChannelOptions.Types.WriteBufferWaterMark(low: 32 << 10, high: 128 << 10)
        let options = channel.setOption(.writeBufferWaterMark, value: watermark)
        return options.flatMap { channel.peer(isUnix: isUnix) }.flatMapThrowing { [self] peer in
            switch security {
            case .plain: try admit(channel, peer, isSecure: false)
            case .tls(let certificates): try greet(channel, peer, certificates)
            }
        }
    }

    /// Lets a channel be read in small pieces: the buffer in which TLS decrypts stays as large as the most that was ever read
    /// at once, and with NIO's own sizes a peer that sends one burst on each of its connections would take 128 KiB for each.
    private static func readSmallPieces(_ channel: any Channel) throws {
        let pieces = AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 4096, maximum: 16 << 10)
        try channel.syncOptions?.setOption(.recvAllocator, value: pieces)
        try channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
    }

    /// Begins the handshake of an accepted connection. It takes its place when the handshake is over.
    private func greet(_ channel: any Channel, _ peer: Peer, _ certificates: ServerCertificates) throws {
        let id = ObjectIdentifier(channel)
        let key = PeerKey(peer)
        let isGateway = configuration.gateways.contains(key)
        let isWelcome = state.withLock { state in
            guard !state.isStopping, state.handshakes.begin(key.counted, isGateway: isGateway, configuration) else {
                return false
            }
            state.greeted[id] = channel
            return true
        }
        guard isWelcome else { throw refused(peer, "too many TLS handshakes are unfinished") }
        let handshake = ServerHandshake(peer, logger: logger) { [self] channel, subject in
            try admit(channel, peer.with(subject), isSecure: true)
        } ended: { [self] in
            state.withLock { state in
                state.greeted[id] = nil
                state.handshakes.end(key.counted)
            }
        }
        do {
            try Self.readSmallPieces(channel)
        } catch {
            handshake.cancel()
            throw error
        }
        try handshake.begin(on: channel, with: certificates.context, within: configuration.handshakeTime)
    }

    /// Makes a connection of an accepted channel, on its event loop.
    private func admit(_ channel: any Channel, _ peer: Peer, isSecure: Bool) throws {
        let isOperator = isOperator(peer)
        let key = PeerKey(peer)
        let isGateway = configuration.gateways.contains(key)
        let counted = isGateway ? key : key.counted
        let most = isGateway ? configuration.maximumConnections * 3 / 4 : configuration.maximumConnectionsPerPeer
        let taken = state.withLock { state -> (place: ConnectionPlaces.Place, account: PeerAccount?)? in
            guard !state.isStopping,
                let place = state.places.take(isOperator: isOperator, peer: counted, most: most, configuration)
            else { return nil }
            guard !isOperator else { return (place, nil) }
            let calls = isGateway ? configuration.maximumCallsPerGateway : configuration.maximumCallsPerPeer
            let account = state.accounts[counted] ?? PeerAccount(maximumCalls: calls)
            state.accounts[counted] = account
            return (place, account)
        }
        guard let (place, account) = taken else { throw refused(peer, "too many connections") }
        if place == .refusal {
            logger.warning(
                "refused a connection",
                metadata: ["error": "the peer has \(most) connections, the most allowed", "peer": "\(peer)"]
            )
        }
        let share = ReceiveBudget.Share(of: counted, bytes: limits.serverReceive / (isGateway ? 2 : 4))
        let connection = ServerConnection(
            channel,
            peer: peer,
            isSecure: isSecure,
            state: ServerConnectionState(
                router: router,
                limits: limits,
                maximumCalls: configuration.maximumCallsPerConnection,
                retryDelay: configuration.retryDelay,
                answersOnlyHealth: place == .health || place == .refusal,
                refusal: place == .refusal
                    ? .tooManyConnectionsOfPeer(most, retryAfter: configuration.retryDelay) : nil,
                account: account
            ),
            limits: limits,
            room: isOperator ? ReceiveRoom(in: operatorBudget) : ReceiveRoom(in: budget, share: share),
            logger: logger
        )
        let isWelcome = state.withLock { state in
            guard !state.isStopping else { return false }
            state.connections[ObjectIdentifier(connection)] = connection
            state.placesTaken[ObjectIdentifier(connection)] = (place, counted)
            return true
        }
        guard isWelcome else {
            connection.closed()
            throw PackagingError(.unavailable, "the server is stopping")
        }
        let mayFindTLS = peer.isTCP && !isSecure
        try channel.pipeline.syncOperations.addHandler(ServerHandler(connection, mayFindTLS: mayFindTLS))
        if place == .health || place == .refusal {
            let time = TimeAmount.nanoseconds(Int64(configuration.healthTime / .nanoseconds(1)))
            let timer = channel.eventLoop.scheduleTask(in: time) { connection.stop() }
            channel.closeFuture.whenComplete { _ in timer.cancel() }
        }
        accepted.continuation.yield(connection)
    }

    /// Logs that a connection was not taken. Throwing the error closes it.
    private func refused(_ peer: Peer, _ reason: String) -> PackagingError {
        if !state.withLock({ $0.isStopping }) {
            logger.warning("refused a connection", metadata: ["error": "\(reason)", "peer": "\(peer)"])
        }
        return PackagingError(.unavailable, reason)
    }

    /// Whether the peer is the user that the daemon runs as.
    private func isOperator(_ peer: Peer) -> Bool {
        if case .unix(_, operatorUID, _) = peer { true } else { false }
    }

    private func forget(_ connection: ServerConnection) {
        state.withLock { state in
            state.connections[ObjectIdentifier(connection)] = nil
            guard let (place, peer) = state.placesTaken.removeValue(forKey: ObjectIdentifier(connection)) else {
                return
            }
            state.places.give(place, of: peer)
            if state.places.isGone(peer) { state.accounts[peer] = nil }
        }
    }
}
