internal import NIOCore
internal import Protobuf

/// One frame of a connection: a header and all of its body.
struct Frame: Sendable, Hashable {
    /// The stream that it belongs to.
    var streamID: UInt32
    /// The kind of frame.
    var kind: FrameHeader.Kind
    /// The flags.
    var flags: FrameHeader.Flags
    /// The bytes after the header, at most ``FrameHeader/maximumLength``.
    var body: [UInt8]

    init(_ kind: FrameHeader.Kind, on streamID: UInt32, flags: FrameHeader.Flags = [], body: [UInt8] = []) {
        self.streamID = streamID
        self.kind = kind
        self.flags = flags
        self.body = body
    }

    /// The number of bytes on the wire.
    var byteCount: Int { FrameHeader.size + body.count }

    /// Whether the frame carries a message. A frame with an empty body does too, unless its flags say otherwise.
    var hasMessage: Bool { !flags.contains(.noData) }

    /// The end of the sender's half of a stream. It is a separate frame, because Go's server refuses the end on a frame
    /// with data.
    static func endOfStream(on streamID: UInt32) -> Frame {
        Frame(.data, on: streamID, flags: [.remoteClosed, .noData])
    }

    /// Writes header and body to `buffer`.
    func write(to buffer: inout ByteBuffer) {
        buffer.writeMultipleIntegers(UInt32(body.count), streamID, kind.rawValue, flags.rawValue)
        buffer.writeBytes(body)
    }
}
