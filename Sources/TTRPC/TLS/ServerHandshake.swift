internal import Logging
internal import Model
internal import NIOCore
internal import NIOSSL
internal import NIOTLS

/// Waits for the end of an accepted connection's handshake, for a limited time.
final class ServerHandshake: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let peer: Peer
    private let logger: Logger
    private let admit: (any Channel, CertificateSubject?) throws -> Void
    private let ended: () -> Void
    private var tls: NIOSSLServerHandler?
    private var timer: Scheduled<Void>?
    private var isOver = false
    private var isTold = false

    /// - Parameters:
    ///   - admit: Makes a connection of the channel, after a handshake that went well.
    ///   - ended: Called once when the handshake is over, well or not.
    init(
        _ peer: Peer,
        logger: Logger,
        admit: @escaping (any Channel, CertificateSubject?) throws -> Void,
        ended: @escaping () -> Void
    ) {
        (self.peer, self.logger, self.admit, self.ended) = (peer, logger, admit, ended)
    }

    /// Begins the handshake. Called on the channel's event loop.
    func begin(on channel: any Channel, with context: NIOSSLContext, within time: Duration) throws {
        let tls = NIOSSLServerHandler(context: context)
        self.tls = tls
        let bound = NIOLoopBound(self, eventLoop: channel.eventLoop)
        timer = channel.eventLoop.scheduleTask(in: .nanoseconds(time.wholeNanoseconds)) {
            bound.value.fail(TLSFailure(.timeout), channel)
        }
        do {
            try channel.pipeline.syncOperations.addHandlers([tls, self])
        } catch {
            end()
            throw error
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted? = event as? TLSUserEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        let certificate = tls?.peerCertificate
        // A session that is resumed is not verified again, and the certificate may have ended meanwhile.
        if let certificate, certificate.validUntil < .now { return fail(TLSFailure(.expired), context.channel) }
        end()
        do {
            let subject = try certificate.map { try CertificateFacts($0).subject }
            try admit(context.channel, subject)
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        } catch {
            isTold = true
            if !(error is PackagingError) {
                logger.warning("TLS handshake failed", metadata: ["error": "\(error)", "peer": "\(peer)"])
            }
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(TLSFailure(error, certificate: tls?.peerCertificate, now: .now) ?? TLSFailure(.ended), context.channel)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        // Also for a channel that fails before it is active.
        end()
    }

    /// The handshake does not begin.
    func cancel() { end() }

    private func fail(_ failure: TLSFailure, _ channel: any Channel) {
        if !isTold {
            isTold = true
            // Who only looks whether the port is open, as load balancers do, is no news.
            let level: Logger.Level = failure.kind == .ended ? .debug : .warning
            logger.log(
                level: level,
                "TLS handshake failed",
                metadata: ["error": "\(failure.ofPeer)", "peer": "\(peer)"]
            )
        }
        end()
        channel.close(promise: nil)
    }

    private func end() {
        guard !isOver else { return }
        isOver = true
        timer?.cancel()
        timer = nil
        ended()
        tls = nil
    }
}
