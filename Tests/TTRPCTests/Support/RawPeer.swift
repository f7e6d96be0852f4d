import Model
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import Testing

@testable import TTRPC

/// One end of a connection that sends arbitrary bytes and shows every frame that arrives.
final class RawPeer: Sendable {
    /// What has come.
    enum Event: Sendable {
        case frame(Frame)
        case oversized
    }

    let channel: any Channel
    private let events: AsyncStream<Event>
    private let stash = Mutex<[Frame]>([])

    private init(_ channel: any Channel, _ events: AsyncStream<Event>) {
        self.channel = channel
        self.events = events
    }

    /// Makes `channel` a raw peer. Called on the channel's event loop.
    static func attach(to channel: any Channel) throws -> RawPeer {
        let (stream, continuation) = AsyncStream.makeStream(of: Event.self)
        try channel.pipeline.syncOperations.addHandler(Collector(continuation))
        return RawPeer(channel, stream)
    }

    static func connect(to address: Address) async throws -> RawPeer {
        let security: ClientSecurity = if case .tcp = address { try Transport.current.clientSecurity() } else { .plain }
        let context: NIOSSLContext? = if case .tls(let files) = security { try await files.context() } else { nil }
        let bootstrap = ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
        let begin: @Sendable (any Channel) -> EventLoopFuture<RawPeer> = { channel in
            channel.eventLoop.makeCompletedFuture {
                if let context {
                    let handler = try NIOSSLClientHandler(context: context, serverHostname: nil)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
                return try attach(to: channel)
            }
        }
        let peer =
            switch address {
            case .unix(let path): try await bootstrap.connect(unixDomainSocketPath: path, channelInitializer: begin)
            case .tcp(let host, let port):
                try await bootstrap.connect(host: host, port: port, channelInitializer: begin)
            }
        // It is written after the handshake. A peer that never reads must have read that.
        if context != nil { try? await peer.channel.writeAndFlush(ByteBuffer()) }
        return peer
    }

    func send(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
    }

    func send(_ frame: Frame) async throws {
        var buffer = ByteBuffer()
        frame.write(to: &buffer)
        try await channel.writeAndFlush(buffer)
    }

    /// The next frame of any stream; nil when the other side has closed.
    func next() async -> Frame? {
        if let first = stash.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { return first }
        for await event in events {
            if case .frame(let frame) = event { return frame }
        }
        return nil
    }

    /// The next frame on `streamID`, whatever arrives on other streams before it.
    func next(on streamID: UInt32) async -> Frame? {
        let stashed = stash.withLock { stash in
            stash.firstIndex { $0.streamID == streamID }.map { stash.remove(at: $0) }
        }
        if let stashed { return stashed }
        for await event in events {
            guard case .frame(let frame) = event else { continue }
            if frame.streamID == streamID { return frame }
            stash.withLock { $0.append(frame) }
        }
        return nil
    }

    /// Frames that arrived and that the test has not asked for.
    var leftOver: [Frame] { stash.withLock { $0 } }

    /// Sends `bytes` and closes our half, in one step.
    func sendLast(_ bytes: [UInt8]) async throws {
        try await channel.eventLoop.flatSubmit { [channel] in
            channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
            return channel.close(mode: .output)
        }.get()
    }

    func halfClose() async throws { try await channel.close(mode: .output) }

    func close() async { try? await channel.close() }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let continuation: AsyncStream<Event>.Continuation
        private var decoder = FrameDecoder()

        init(_ continuation: AsyncStream<Event>.Continuation) { self.continuation = continuation }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = unwrapInboundIn(data)
            while let event = decoder.next(from: &bytes) {
                switch event {
                case .frame(let frame): continuation.yield(.frame(frame))
                case .oversized: continuation.yield(.oversized)
                }
            }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if event as? ChannelEvent == .inputClosed { continuation.finish() }
        }

        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

/// A server that does what a test tells it to.
final class RawServer: Sendable {
    let address: Address
    private let channel: any Channel
    private let accepted: AsyncStream<RawPeer>

    private init(_ address: Address, _ channel: any Channel, _ accepted: AsyncStream<RawPeer>) {
        self.address = address
        self.channel = channel
        self.accepted = accepted
    }

    /// Runs `body` beside a raw server and a client that is connected to it.
    static func with(
        limits: Limits = Limits(),
        firstStreamID: UInt32 = 1,
        _ body: (RawPeer, RPCConnection) async throws -> Void
    ) async throws {
        let security = try Transport.current.listenerSecurity()
        let (stream, continuation) = AsyncStream.makeStream(of: RawPeer.self)
        let bootstrap = ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { child in
                child.eventLoop.makeCompletedFuture {
                    if case .tls(let certificates) = security {
                        let handler = NIOSSLServerHandler(context: certificates.context)
                        try child.pipeline.syncOperations.addHandler(handler)
                    }
                    continuation.yield(try RawPeer.attach(to: child))
                }
            }
        let (address, channel) = try await listen(bootstrap)
        let connection = try await RPCConnection.connect(to: address, limits: limits, firstStreamID: firstStreamID)
        var peers = stream.makeAsyncIterator()
        let peer = try #require(await peers.next())
        let result: Result<Void, any Error>
        do { result = .success(try await body(peer, connection)) } catch { result = .failure(error) }
        await connection.close()
        await peer.close()
        try await channel.close()
        try result.get()
    }

    private static func listen(_ bootstrap: ServerBootstrap) async throws -> (Address, any Channel) {
        switch Transport.current.address {
        case .unix(let path): return (.unix(path: path), try await bootstrap.bind(unixDomainSocketPath: path).get())
        case .tcp(let host, _):
            let channel = try await bootstrap.bind(host: host, port: 0).get()
            return (.tcp(host: host, port: channel.localAddress?.port ?? 0), channel)
        }
    }
}
