package import Model

/// The facts about a call that a handler gets with its request.
package struct CallContext: Sendable {
    /// The method that is called, such as `khipu.packaging.v1.Packaging/GetJob`.
    package let method: String
    /// The peer of the connection.
    package let peer: Peer
    /// The pairs that the caller sent. Go's client sends none with a streaming call.
    package let metadata: Metadata
    /// The caller's deadline; nil if it waits for ever, or for a year or more. At the deadline the handler's task is
    /// cancelled.
    package let deadline: ContinuousClock.Instant?
    /// Names the call in logs and in its error. It is the `call-id` that the caller sent, the trace of its
    /// `traceparent`, or a new name that no other call of any daemon has.
    package let callID: String
    /// Facts that are found during the call and belong into its log line, such as its tenant.
    package let notes: CallNotes
    /// Values that the connection keeps between calls.
    package let connection: ConnectionValues

    /// A context, for tests of handlers.
    package init(
        method: String = "",
        peer: Peer,
        metadata: Metadata = [:],
        deadline: ContinuousClock.Instant? = nil,
        callID: String,
        notes: CallNotes = CallNotes(),
        connection: ConnectionValues = ConnectionValues()
    ) {
        self.method = method
        self.peer = peer
        self.metadata = metadata
        self.deadline = deadline
        self.callID = callID
        self.notes = notes
        self.connection = connection
    }
}

/// The peer of a connection.
package enum Peer: Sendable, Hashable {
    /// A process of this host, as the kernel recorded it when it connected (SO_PEERCRED).
    case unix(pid: Int32, uid: UInt32, gid: UInt32)
    /// An address and port, such as `127.0.0.1:4071`, and the subject of the certificate that the peer has proved to hold,
    /// if it sent one.
    case tcp(address: String, certificate: CertificateSubject? = nil)
}

/// What a client certificate says that a certificate authority of ours has signed: its subject, and when it holds.
package struct CertificateSubject: Sendable, Hashable {
    /// The names of the organisation (O).
    package var organizations: [String]
    /// The names of the units (OU).
    package var units: [String]
    /// The common names (CN).
    package var commonNames: [String]
    /// Since when it holds (notBefore).
    package var validSince: Instant
    /// Until when it holds (notAfter).
    package var validUntil: Instant

    /// A subject with these names.
    package init(
        organizations: [String],
        units: [String],
        commonNames: [String],
        validSince: Instant,
        validUntil: Instant
    ) {
        self.organizations = organizations
        self.units = units
        self.commonNames = commonNames
        self.validSince = validSince
        self.validUntil = validUntil
    }
}
