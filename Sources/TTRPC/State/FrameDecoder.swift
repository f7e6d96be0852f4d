internal import NIOCore
internal import Protobuf

/// Cuts a byte stream into frames.
///
/// It keeps at most one unfinished frame. The body of an oversized frame is skipped as it arrives and never kept.
struct FrameDecoder {
    /// What the bytes hold next.
    enum Event: Hashable {
        /// A whole frame.
        case frame(Frame)
        /// The header of a frame that is too long. Its body is skipped; the next event is the frame after it.
        case oversized(FrameHeader)
    }

    private enum State {
        /// Fewer bytes than a header has. Becomes `body`, or `skipping` if the header announces too much.
        case header([UInt8])
        /// A header, and as much of the body as has come. Becomes `header`.
        case body(FrameHeader, [UInt8])
        /// Bytes of a body that is not wanted. Becomes `header`.
        case skipping(Int)
    }

    private var state = State.header([])

    /// Takes bytes from `bytes` up to the end of the next frame.
    ///
    /// - Returns: The event, or nil when all bytes are taken and more are needed.
    mutating func next(from bytes: inout ByteBuffer) -> Event? {
        while true {
            switch state {
            case .header(var start):
                let wanted = min(FrameHeader.size - start.count, bytes.readableBytes)
                start.append(contentsOf: bytes.readBytes(length: wanted) ?? [])
                guard start.count == FrameHeader.size, let header = try? FrameHeader(unsafe start.span.bytes) else {
                    state = .header(start)
                    return nil
                }
                if header.exceedsMaximum {
                    state = .skipping(header.length)
                    return .oversized(header)
                }
                state = .body(header, [])

            case .body(let header, var body):
                // The array would be copied if the state held a second reference while it grows.
                state = .header([])
                let wanted = min(header.length - body.count, bytes.readableBytes)
                if body.isEmpty {
                    body = bytes.readBytes(length: wanted) ?? []
                } else if let part = bytes.readSlice(length: wanted) {
                    body.append(contentsOf: part.readableBytesView)
                }
                guard body.count == header.length else {
                    state = .body(header, body)
                    return nil
                }
                return .frame(Frame(header.kind, on: header.streamID, flags: header.flags, body: body))

            case .skipping(let rest):
                let skipped = min(rest, bytes.readableBytes)
                bytes.moveReaderIndex(forwardBy: skipped)
                guard skipped == rest else {
                    state = .skipping(rest - skipped)
                    return nil
                }
                state = .header([])
            }
        }
    }
}
