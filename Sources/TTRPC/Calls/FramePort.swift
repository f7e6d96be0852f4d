internal import NIOCore

/// Where frames meet a channel's bytes. Used on the channel's event loop only.
final class FramePort {
    // Beyond this, what has been gathered is handed to the channel, which looks at its own bound then.
    private static let batchSize = 64 << 10

    private let channel: any Channel
    private var decoder = FrameDecoder()
    private var unread = ByteBuffer()
    private var batch: ByteBuffer
    /// Whether the channel asked to read and was not let.
    private(set) var isReadHeld = false

    init(_ channel: any Channel) {
        self.channel = channel
        self.batch = channel.allocator.buffer(capacity: 512)
    }

    /// Takes bytes that have come.
    func append(_ bytes: ByteBuffer) {
        if unread.readableBytes == 0 {
            unread = bytes
        } else {
            unread.writeImmutableBuffer(bytes)
        }
    }

    /// The next frame in the bytes that have come.
    func next() -> FrameDecoder.Event? { decoder.next(from: &unread) }

    /// The channel wants to read. Passes it on, or keeps it for ``resumeReading()``.
    func read(_ context: ChannelHandlerContext, ifWanted wanted: Bool) {
        isReadHeld = !wanted
        if wanted { context.read() }
    }

    /// Reads on after a pause.
    func resumeReading() {
        guard isReadHeld else { return }
        isReadHeld = false
        channel.read()
    }

    /// Writes what `next` gives while the channel takes it, and flushes once. Small frames share a buffer.
    func send(_ next: () -> Frame?) {
        var hasWritten = false
        while channel.isWritable, let frame = next() {
            frame.write(to: &batch)
            if batch.readableBytes >= Self.batchSize { writeBatch() }
            hasWritten = true
        }
        guard hasWritten else { return }
        if batch.readableBytes > 0 { writeBatch() }
        channel.flush()
    }

    private func writeBatch() {
        channel.write(batch, promise: nil)
        // A new one, as the channel keeps the other until it is sent.
        batch = channel.allocator.buffer(capacity: 512)
    }

    /// Closes the channel when all that was written has gone.
    func closeAfterWrites() {
        channel.writeAndFlush(channel.allocator.buffer(capacity: 0)).whenComplete { [channel] _ in
            channel.close(promise: nil)
        }
    }
}
