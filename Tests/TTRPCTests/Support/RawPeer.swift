import Model
import NIOCore
import NIOPosix
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
        guard case .unix(let path) = address else { throw PackagingError(.unimplemented, "unix only") }
        return try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(unixDomainSocketPath: path) { channel in
                channel.eventLoop.makeCompletedFuture { try attach(to: channel) }
            }
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
        let path = temporarySocketPath()
        let (stream, continuation) = AsyncStream.makeStream(of: RawPeer.self)
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { child in
                child.eventLoop.makeCompletedFuture { continuation.yield(try RawPeer.attach(to: child)) }
            }
            .bind(unixDomainSocketPath: path).get()
        let connection = try await RPCConnection.connect(
            to: .unix(path: path),
            limits: limits,
            firstStreamID: firstStreamID
        )
        var peers = stream.makeAsyncIterator()
        let peer = try #require(await peers.next())
        let result: Result<Void, any Error>
        do { result = .success(try await body(peer, connection)) } catch { result = .failure(error) }
        await connection.close()
        await peer.close()
        try await channel.close()
        try result.get()
    }
}
