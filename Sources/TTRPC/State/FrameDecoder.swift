internal import NIOCore
internal import Protobuf

/// Divides a byte stream into frames.
///
/// It keeps at most one unfinished frame. The body of an oversized frame is skipped while it arrives and never stored.
struct FrameDecoder {
    /// The next thing found in the bytes.
    enum Event: Hashable {
        /// A whole frame.
        case frame(Frame)
        /// The header of a frame that is too long. Its body is skipped, and the next event is the frame after it.
        case oversized(FrameHeader)
    }

    private enum State {
        /// Fewer bytes than a header has. It becomes `body`, or `skipping` if the header announces too many bytes.
        case header([UInt8])
        /// A header, and the part of the body that was received. It becomes `header`.
        case body(FrameHeader, [UInt8])
        /// The number of body bytes that are still to be skipped. It becomes `header`.
        case skipping(Int)
    }

    /// How far the next frame has come.
    enum Progress: Hashable {
        /// Nothing of it has come, or its body is being skipped.
        case none
        /// A part of its header.
        case header
        /// Its header, and perhaps a part of its body. The frame's number of bytes, and whether there is room for them.
        case body(FrameHeader, isAdmitted: Bool)
    }

    private var state = State.header([])
    /// Whether the body of the frame that has begun may be taken.
    private var isAdmitted = false

    /// How far the next frame has come.
    var progress: Progress {
        switch state {
        case .header(let start): start.isEmpty ? .none : .header
        case .body(let header, _): .body(header, isAdmitted: isAdmitted)
        case .skipping: .none
        }
    }

    /// Takes bytes from `bytes` up to the end of the next frame.
    ///
    /// - Parameter admit: Tells whether there is room for a body of this many bytes; asked once for each frame, and again
    ///   at the next call if there was none.
    /// - Returns: The event, or nil when all bytes are taken and more are needed, or when there is no room.
    mutating func next(from bytes: inout ByteBuffer, admit: (Int) -> Bool = { _ in true }) -> Event? {
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
                isAdmitted = false

            case .body(let header, var body):
                if !isAdmitted { isAdmitted = admit(header.length) }
                guard isAdmitted else { return nil }
                // If the state kept a second reference while the array grows, the array would be copied.
                state = .header([])
                let wanted = min(header.length - body.count, bytes.readableBytes)
                if body.isEmpty, wanted == header.length {
                    body = bytes.readBytes(length: wanted) ?? []
                } else if let part = bytes.readSlice(length: wanted) {
                    // The room is reserved at once: an array that grows would be copied, and would leave holes in the memory.
                    body.reserveCapacity(header.length)
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
