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

    static func negativeTimeout(_ nanoseconds: Int64) -> Self {
        Self(
            .invalidArgument,
            "timeout_nano is \(nanoseconds), and a call cannot end before it begins",
            hint: "Leave it 0 for a call that may take as long as it needs."
        )
    }

    static func frameTooSlow() -> Self {
        Self(
            .deadlineExceeded,
            "the frame that was begun came too slowly: fewer than \(SlowSender.Pace.frame.bytes) bytes within "
                + "\(SlowSender.Pace.frame.time)",
            reason: "SLOW_SENDER"
        )
    }

    static func streamTooSlow() -> Self {
        Self(
            .deadlineExceeded,
            "too little was sent: fewer than \(SlowSender.Pace.stream.bytes) bytes within \(SlowSender.Pace.stream.time)",
            reason: "SLOW_SENDER",
            hint: "Begin the call when its messages are there, and send them without long pauses."
        )
    }

    static let noTLSHere = PackagingError(
        .failedPrecondition,
        "this listener does not speak TLS",
        reason: TLSFailure.Kind.noTLS.rawValue
    )

    static func tooManyConnections(retryAfter delay: Duration) -> Self {
        Self(
            .unavailable,
            "the daemon has as many connections as it may; on this one it answers only a check of its health",
            reason: "TOO_MANY_CONNECTIONS",
            hint: "Share a connection among calls, and close those that are not used.",
            retryAfter: delay
        )
    }

    static func tooManyConnectionsOfPeer(_ limit: Int, retryAfter delay: Duration) -> Self {
        Self(
            .resourceExhausted,
            "this address or user has \(limit) connections, the most allowed",
            reason: "TOO_MANY_CONNECTIONS_OF_PEER",
            hint:
                "Share a connection among calls, and close those that are not used. A gateway must be named to the daemon.",
            retryAfter: delay
        )
    }

    static func tooManyCallsOfPeer(_ limit: Int, retryAfter delay: Duration) -> Self {
        Self(
            .resourceExhausted,
            "this address or user has \(limit) calls running, the most allowed",
            reason: "TOO_MANY_CALLS_OF_PEER",
            retryAfter: delay
        )
    }

    static func tooManyCalls(_ limit: Int, retryAfter delay: Duration) -> Self {
        Self(.resourceExhausted, "the connection has \(limit) calls running, the most allowed", retryAfter: delay)
    }
}
