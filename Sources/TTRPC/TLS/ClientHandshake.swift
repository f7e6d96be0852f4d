internal import Model
internal import NIOCore
internal import NIOSSL
internal import NIOTLS

/// Waits for the end of a client's handshake, checks who the server is, and then makes a connection of the channel.
final class ClientHandshake: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let start: RPCConnection.Start
    private let host: String
    private let tls: NIOSSLClientHandler
    private let result: EventLoopPromise<RPCConnection>
    private var timer: Scheduled<Void>?
    private var failure: PackagingError?

    private init(
        _ start: RPCConnection.Start,
        _ host: String,
        _ tls: NIOSSLClientHandler,
        _ result: EventLoopPromise<RPCConnection>
    ) {
        (self.start, self.host, self.tls, self.result) = (start, host, tls, result)
    }

    /// Begins a handshake on a channel that is not yet connected. Called on its event loop.
    ///
    /// - Returns: The connection, after the handshake.
    static func begin(
        on channel: any Channel,
        _ start: RPCConnection.Start,
        with context: NIOSSLContext,
        host: String,
        timeout: Duration
    ) throws -> EventLoopFuture<RPCConnection> {
        // The server is told the name, so that it can choose a certificate. TLS has no place for an address.
        let name: String? = if case .dns(let name) = ServerName(host) { name } else { nil }
        let tls = try NIOSSLClientHandler(context: context, serverHostname: name)
        let result = channel.eventLoop.makePromise(of: RPCConnection.self)
        let handshake = ClientHandshake(start, host, tls, result)
        try channel.pipeline.syncOperations.addHandlers([tls, handshake])
        handshake.limit(to: timeout, on: channel)
        return result.futureResult
    }

    private func limit(to timeout: Duration, on channel: any Channel) {
        let bound = NIOLoopBound(self, eventLoop: channel.eventLoop)
        // Twice the time, because connecting comes first and has its own limit.
        timer = channel.eventLoop.scheduleTask(in: .nanoseconds(min(timeout, .seconds(86_400)).wholeNanoseconds * 2)) {
            bound.value.end(TLSFailure(.timeout), nil, channel)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted? = event as? TLSUserEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        do {
            guard let certificate = tls.peerCertificate else { throw NIOSSLError.noCertificateToValidate }
            let facts = try CertificateFacts(certificate)
            guard ServerName(host).isServed(dnsNames: facts.dnsNames, addresses: facts.addresses) else {
                let names = facts.dnsNames.prefix(5).map { "\"\($0.filter(\.isASCII))\"" }.joined(separator: ", ")
                let others = names.isEmpty ? "" : "; its names are \(names)"
                return end(TLSFailure(.wrongHost, detail: others), nil, context.channel)
            }
            let connection = try start.begin(context.channel, isSecure: true)
            // First, because being removed means the end to this handler.
            result.succeed(connection)
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        } catch {
            end(TLSFailure(.untrusted), error, context.channel)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard failure == nil else { return }
        let known = TLSFailure(error, certificate: tls.peerCertificate, now: .now)
        end(known ?? TLSFailure(.ended), error, context.channel)
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        // It has no effect if there is a connection.
        fail()
    }

    private func end(_ failure: TLSFailure, _ error: (any Error)?, _ channel: any Channel) {
        let what = "could not connect to \"\(start.address)\""
        self.failure = self.failure ?? failure.error(what, cause: error)
        fail()
        channel.close(promise: nil)
    }

    private func fail() {
        result.fail(failure ?? TLSFailure(.ended).error("could not connect to \"\(start.address)\""))
    }
}
