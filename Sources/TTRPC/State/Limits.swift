/// The bounds of a connection's buffers, in bytes.
struct Limits: Sendable {
    /// What one stream may have waiting to be sent. A single message may be longer.
    var streamSend = 256 << 10
    /// What one stream may have received and not read before the connection is read no further.
    var streamReceive = 256 << 10
    /// What all requests being answered may take before the connection is read no further.
    var requests = 32 << 20
    /// What may wait to be sent for calls that have ended before the connection is read no further. Without it, a client
    /// that sends and never reads would fill our memory with replies.
    var endedSend = 1 << 20

    /// What a received message counts: more than its bytes, or a queue of empty messages would have no end.
    static func cost(of message: [UInt8]) -> Int { message.count + 64 }
}
