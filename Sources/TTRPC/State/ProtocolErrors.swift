internal import Model
internal import Protobuf

// Errors for a peer that breaks the protocol, or that calls at the wrong time.
extension PackagingError {
    static func evenStreamID(_ streamID: UInt32) -> Self {
        Self(.invalidArgument, "stream \(streamID) is even, and streams of clients are odd")
    }

    static func usedStreamID(_ streamID: UInt32) -> Self {
        Self(.invalidArgument, "stream \(streamID) was used before or is too far behind")
    }

    static func unopenedStream(_ streamID: UInt32) -> Self {
        Self(.invalidArgument, "stream \(streamID) was never opened")
    }

    static func unexpectedMessage(_ streamID: UInt32) -> Self {
        Self(.invalidArgument, "stream \(streamID) takes no message, or no more")
    }

    static func frameTooLong(_ length: Int) -> Self {
        Self(.resourceExhausted, "a frame of \(length) bytes exceeds the limit of \(FrameHeader.maximumLength)")
    }

    static func stopping(retryAfter delay: Duration) -> Self {
        Self(.unavailable, "the server is stopping", reason: PackagingError.serverStopping, retryAfter: delay)
    }

    static func tooManyCalls(_ limit: Int, retryAfter delay: Duration) -> Self {
        Self(.resourceExhausted, "the connection has \(limit) calls running, the most allowed", retryAfter: delay)
    }
}
