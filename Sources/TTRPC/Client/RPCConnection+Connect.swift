internal import Glibc
package import Model
package import NIOCore
import NIOPosix
internal import NIOSSL

extension RPCConnection {
    /// Connects to a server.
    ///
    /// - Parameters:
    ///   - security: Whether by TLS, and with which certificates. On a Unix socket it must be plain.
    ///   - timeout: How long connecting may take, and then the handshake of TLS.
    /// - Throws: `unavailable` if no server listens there, connecting takes too long, or the handshake of TLS fails: then
    ///   the reason begins with `TLS_`. `invalidArgument` for a Unix path of more than 107 bytes, `failedPrecondition` for
    ///   a file of certificates that cannot be used.
    package static func connect(
        to address: Address,
        security: ClientSecurity = .plain,
        timeout: Duration = .seconds(10),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws(PackagingError) -> RPCConnection {
        try await connect(to: address, security: security, timeout: timeout, group: group, limits: Limits())
    }

    static func connect(
        to address: Address,
        security: ClientSecurity = .plain,
        timeout: Duration = .seconds(10),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        limits: Limits,
        firstStreamID: UInt32 = 1
    ) async throws(PackagingError) -> RPCConnection {
        let start = Start(address: address, limits: limits, firstStreamID: firstStreamID)
        switch (address, security) {
        case (_, .plain):
            return try await start.open(timeout, group) { channel in
                channel.eventLoop.makeCompletedFuture { try start.begin(channel) }
            }
        case (.unix, .tls):
            throw PackagingError(.invalidArgument, "cannot use TLS on the Unix socket \"\(address)\"")
        case (.tcp(let host, _), .tls(let files)):
            let context = try await files.context()
            let handshake = try await start.open(timeout, group) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try ClientHandshake.begin(on: channel, start, with: context, host: host, timeout: timeout)
                }
            }
            do {
                return try await handshake.get()
            } catch let error as PackagingError {
                throw error
            } catch {
                throw start.failure(error)
            }
        }
    }

    /// What a connection is made of.
    struct Start: Sendable {
        let address: Address
        let limits: Limits
        let firstStreamID: UInt32

        /// Makes a connection of an open channel, on its event loop.
        func begin(_ channel: any Channel, isSecure: Bool = false) throws -> RPCConnection {
            let connection = RPCConnection(
                channel,
                to: address,
                isSecure: isSecure,
                limits: limits,
                firstStreamID: firstStreamID
            )
            try channel.pipeline.syncOperations.addHandler(ClientHandler(connection, isSecure: isSecure))
            return connection
        }

        func failure(_ error: any Error) -> PackagingError {
            PackagingError(.unavailable, "could not connect to \"\(address)\": \(error)", cause: error)
        }

        fileprivate func open<Opened: Sendable>(
            _ timeout: Duration,
            _ group: any EventLoopGroup,
            _ initialize: @escaping @Sendable (any Channel) -> EventLoopFuture<Opened>
        ) async throws(PackagingError) -> Opened {
            let bootstrap = ClientBootstrap(group: group).connectTimeout(.nanoseconds(timeout.wholeNanoseconds))
            if case .unix(let path) = address { try Address.check(path: path) }
            do {
                return switch address {
                case .unix(let path):
                    // The path is not given to NIO directly, because NIO accepts one byte less than the system.
                    try await bootstrap.connect(
                        to: SocketAddress(sockaddr_un(path: path)),
                        channelInitializer: initialize
                    )
                case .tcp(let host, let port):
                    try await bootstrap.connect(host: host, port: port) { channel in
                        channel.setTCPOptions().flatMap { initialize(channel) }
                    }
                }
            } catch {
                throw failure(error)
            }
        }
    }
}

/// Passes a channel's events to its connection.
private final class ClientHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let connection: RPCConnection
    private var error: (any Error)?
    private var mayFindTLS: Bool

    init(_ connection: RPCConnection, isSecure: Bool) {
        self.connection = connection
        mayFindTLS = !isSecure
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        // The first bytes of a frame are never those of a complaint in TLS: it would have 350 MB.
        if mayFindTLS, TLSRecord.isAlert(bytes) {
            error = PackagingError.tlsRequired
            return context.close(promise: nil)
        }
        mayFindTLS = false
        connection.received(bytes)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        connection.send()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { connection.send() }
    }

    func read(context: ChannelHandlerContext) {
        connection.read(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        connection.closed(error)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What comes later is only a consequence.
        self.error = self.error ?? error
        context.close(promise: nil)
    }
}

extension PackagingError {
    /// We spoke without TLS to a server that speaks nothing else.
    fileprivate static let tlsRequired = TLSFailure(.required).error("TLS is missing")
}
