/// The bounds of a connection's buffers, in bytes.
struct Limits: Sendable {
    /// The most bytes of one stream that may wait to be sent. A single message may be longer.
    var streamSend = 256 << 10
    /// The number of received and unread bytes of one stream at which the connection is no longer read.
    var streamReceive = 256 << 10
    /// The number of bytes of all unanswered requests at which the connection is no longer read.
    var requests = 32 << 20
    /// The number of bytes waiting to be sent for ended calls at which the connection is no longer read. Without this
    /// limit, a client that sends and never reads would fill our memory with replies.
    var endedSend = 1 << 20
    /// The number of received and unread bytes of all streams at which the connection is no longer read.
    var connectionReceive = 16 << 20
    /// The bytes that all connections of a server may hold; see ``ReceiveBudget``. The local operator's connections have as
    /// much again for themselves.
    var serverReceive = 256 << 20
    /// The time after which senders are looked at.
    var senderPeriod = SlowSender.period

    /// The size with which a received message is counted. It is larger than the message, because otherwise a queue of
    /// empty messages would have no limit.
    static func cost(of message: [UInt8]) -> Int { message.count + 64 }
}
