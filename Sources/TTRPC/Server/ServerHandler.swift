internal import NIOCore

/// Passes a channel's events to its connection.
final class ServerHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let connection: ServerConnection
    /// Whether a peer that speaks TLS may be found here: nothing has come yet, and the listener is without TLS.
    private var mayFindTLS: Bool

    init(_ connection: ServerConnection, mayFindTLS: Bool) {
        self.connection = connection
        self.mayFindTLS = mayFindTLS
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        if mayFindTLS, TLSRecord.isGreeting(bytes) { return connection.foundTLS() }
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
        connection.closed()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        // For a channel that fails before it is active, the inactive event is never sent.
        connection.closed()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // After a reset or a broken pipe nothing can be sent on the connection any more.
        context.close(promise: nil)
    }
}
