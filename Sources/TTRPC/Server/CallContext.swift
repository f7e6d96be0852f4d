/// What a handler knows of a call besides its request.
public struct CallContext: Sendable {
    /// Who is at the other end of the connection.
    public let peer: Peer
    /// The pairs the caller sent. Go's client sends none with a streaming call.
    public let metadata: Metadata
    /// When the caller gives up; nil if it waits for ever. The handler's task is cancelled then.
    public let deadline: ContinuousClock.Instant?
    /// Names the call in logs and in errors of code `internal`: unique among the calls of all daemons.
    public let callID: String
    /// What the connection remembers between calls.
    public let connection: ConnectionValues

    /// A context, for tests of handlers.
    public init(
        peer: Peer,
        metadata: Metadata = [:],
        deadline: ContinuousClock.Instant? = nil,
        callID: String,
        connection: ConnectionValues = ConnectionValues()
    ) {
        self.peer = peer
        self.metadata = metadata
        self.deadline = deadline
        self.callID = callID
        self.connection = connection
    }
}

/// Who is at the other end of a connection.
public enum Peer: Sendable, Hashable {
    /// A process of this host, as the kernel knew it when it connected (SO_PEERCRED).
    case unix(pid: Int32, uid: UInt32, gid: UInt32)
    /// An address and port, such as `127.0.0.1:4071`.
    case tcp(address: String)
}
