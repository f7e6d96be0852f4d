internal import Glibc
package import Model
package import NIOCore
import NIOPosix

extension RPCConnection {
    /// Connects to a server.
    ///
    /// - Parameter timeout: How long connecting may take.
    /// - Throws: `unavailable` if no server listens there or connecting takes too long, `invalidArgument` for a Unix
    ///   path of more than 107 bytes.
    package static func connect(
        to address: Address,
        timeout: Duration = .seconds(10),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws(PackagingError) -> RPCConnection {
        try await connect(to: address, timeout: timeout, group: group, limits: Limits())
    }

    static func connect(
        to address: Address,
        timeout: Duration = .seconds(10),
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        limits: Limits,
        firstStreamID: UInt32 = 1
    ) async throws(PackagingError) -> RPCConnection {
        let bootstrap = ClientBootstrap(group: group).connectTimeout(.nanoseconds(timeout.wholeNanoseconds))
        let begin: @Sendable (any Channel) -> EventLoopFuture<RPCConnection> = { channel in
            channel.eventLoop.makeCompletedFuture {
                let connection = RPCConnection(channel, to: address, limits: limits, firstStreamID: firstStreamID)
                try channel.pipeline.syncOperations.addHandler(ClientHandler(connection))
                return connection
            }
        }
        if case .unix(let path) = address { try Address.check(path: path) }
        do {
            return switch address {
            case .unix(let path):
                // The path is not given to NIO directly, because NIO accepts one byte less than the system.
                try await bootstrap.connect(to: SocketAddress(sockaddr_un(path: path)), channelInitializer: begin)
            case .tcp(let host, let port):
                try await bootstrap.channelOption(.tcpOption(.tcp_nodelay), value: 1)
                    .connect(host: host, port: port, channelInitializer: begin)
            }
        } catch {
            throw PackagingError(.unavailable, "could not connect to \"\(address)\": \(error)", cause: error)
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

    init(_ connection: RPCConnection) {
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection.received(unwrapInboundIn(data))
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
        self.error = error
        context.close(promise: nil)
    }
}
