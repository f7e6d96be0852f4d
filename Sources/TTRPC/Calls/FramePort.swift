internal import NIOCore

/// Converts between frames and the bytes of a channel. It is used only on the channel's event loop.
final class FramePort {
    // A larger batch is handed to the channel, which then checks its own limit.
    private static let batchSize = 64 << 10

    // The most bytes of a record of TLS.
    private static let recordSize = 16 << 10

    private let channel: any Channel
    private let isSecure: Bool
    private var decoder = FrameDecoder()
    private var unread = ByteBuffer()
    private var batch: ByteBuffer
    /// Whether the channel wanted to read and was held back.
    private(set) var isReadHeld = false

    /// - Parameter isSecure: Whether the channel encrypts. Then every batch is flushed, in records: what is not flushed
    ///   waits before the encryption, where the channel does not count it, and the buffer of the encryption stays as large
    ///   as the most that was flushed at once.
    init(_ channel: any Channel, isSecure: Bool) {
        self.channel = channel
        self.isSecure = isSecure
        self.batch = channel.allocator.buffer(capacity: 512)
    }

    /// Adds received bytes.
    func append(_ bytes: ByteBuffer) {
        if unread.readableBytes == 0 {
            unread = bytes
        } else {
            unread.writeImmutableBuffer(bytes)
        }
    }

    /// Lets go of the memory of bytes that are decoded. An idle connection would keep the channel's buffer from being used
    /// again.
    func release() {
        if unread.readableBytes == 0 { unread = ByteBuffer() }
    }

    /// The next frame in the received bytes; nil if it is not complete, or if `admit` has no room for its bytes.
    func next(admit: (Int) -> Bool = { _ in true }) -> FrameDecoder.Event? { decoder.next(from: &unread, admit: admit) }

    /// How far the next frame has come.
    var progress: FrameDecoder.Progress { decoder.progress }

    /// The channel wants to read. Passes the wish on, or keeps it for ``resumeReading()``.
    func read(_ context: ChannelHandlerContext, ifWanted wanted: Bool) {
        isReadHeld = !wanted
        if wanted { context.read() }
    }

    /// Continues reading after a pause.
    func resumeReading() {
        guard isReadHeld else { return }
        isReadHeld = false
        channel.read()
    }

    /// Writes the frames of `next` as long as the channel accepts them, and flushes once. Small frames share a buffer.
    func send(_ next: () -> Frame?) {
        var hasWritten = false
        while channel.isWritable, let frame = next() {
            frame.write(to: &batch)
            if batch.readableBytes >= (isSecure ? Self.recordSize : Self.batchSize) { writeBatch() }
            hasWritten = true
        }
        guard hasWritten else { return }
        if batch.readableBytes > 0 { writeBatch() }
        channel.flush()
    }

    private func writeBatch() {
        if isSecure {
            while let record = batch.readSlice(length: min(Self.recordSize, batch.readableBytes)),
                record.readableBytes > 0
            {
                channel.writeAndFlush(record, promise: nil)
            }
        } else {
            channel.write(batch, promise: nil)
        }
        // A new buffer is needed because the channel keeps the old one until it is sent.
        batch = channel.allocator.buffer(capacity: 512)
    }

    /// Closes the channel when everything written has been sent.
    func closeAfterWrites() {
        channel.writeAndFlush(channel.allocator.buffer(capacity: 0)).whenComplete { [channel] _ in
            channel.close(promise: nil)
        }
    }
}
