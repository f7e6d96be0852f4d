/// What a handler knows of a call besides its request.
package struct CallContext: Sendable {
    /// Who is at the other end of the connection.
    package let peer: Peer
    /// The pairs the caller sent. Go's client sends none with a streaming call.
    package let metadata: Metadata
    /// When the caller gives up; nil if it waits for ever. The handler's task is cancelled then.
    package let deadline: ContinuousClock.Instant?
    /// Names the call in logs and in its error: what the caller sent as `call-id`, the trace of its `traceparent`, or a
    /// name of ours, which no other call of any daemon has.
    package let callID: String
    /// What becomes known of the call and belongs into its line of the log, such as its tenant.
    package let notes: CallNotes
    /// What the connection remembers between calls.
    package let connection: ConnectionValues

    /// A context, for tests of handlers.
    package init(
        peer: Peer,
        metadata: Metadata = [:],
        deadline: ContinuousClock.Instant? = nil,
        callID: String,
        notes: CallNotes = CallNotes(),
        connection: ConnectionValues = ConnectionValues()
    ) {
        self.peer = peer
        self.metadata = metadata
        self.deadline = deadline
        self.callID = callID
        self.notes = notes
        self.connection = connection
    }
}

/// Who is at the other end of a connection.
package enum Peer: Sendable, Hashable {
    /// A process of this host, as the kernel knew it when it connected (SO_PEERCRED).
    case unix(pid: Int32, uid: UInt32, gid: UInt32)
    /// An address and port, such as `127.0.0.1:4071`.
    case tcp(address: String)
}
