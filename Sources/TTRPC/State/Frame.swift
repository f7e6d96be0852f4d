internal import NIOCore
internal import Protobuf

/// One frame of a connection: a header and all of its body.
struct Frame: Sendable, Hashable {
    /// The stream it belongs to.
    var streamID: UInt32
    /// What it is.
    var kind: FrameHeader.Kind
    /// What else it says.
    var flags: FrameHeader.Flags
    /// What follows the header, at most ``FrameHeader/maximumLength`` bytes.
    var body: [UInt8]

    init(_ kind: FrameHeader.Kind, on streamID: UInt32, flags: FrameHeader.Flags = [], body: [UInt8] = []) {
        self.streamID = streamID
        self.kind = kind
        self.flags = flags
        self.body = body
    }

    /// The bytes it takes on the wire.
    var byteCount: Int { FrameHeader.size + body.count }

    /// Whether it brings a message. An empty body does, unless the frame says otherwise.
    var hasMessage: Bool { !flags.contains(.noData) }

    /// The end of the sender's half of a stream. A frame of its own, because Go's server refuses it on a frame with data.
    static func endOfStream(on streamID: UInt32) -> Frame {
        Frame(.data, on: streamID, flags: [.remoteClosed, .noData])
    }

    /// Writes header and body to `buffer`.
    func write(to buffer: inout ByteBuffer) {
        buffer.writeMultipleIntegers(UInt32(body.count), streamID, kind.rawValue, flags.rawValue)
        buffer.writeBytes(body)
    }
}
