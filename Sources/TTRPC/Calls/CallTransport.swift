internal import Model

/// The connection below a call, as readers and writers of messages see it.
protocol CallTransport: AnyObject, Sendable {
    /// Queues a message, or tells why not.
    func submit(_ message: [UInt8], of call: Call) -> Traffic.Submission

    /// The bytes of the call that wait to be sent, and how many may.
    func backlog(of call: Call) -> (bytes: Int, bound: Int)

    /// A message of the call was taken from its inbox.
    func wasRead(_ message: [UInt8], of call: Call)

    /// No more messages will be submitted, and what was sent is complete. Clients only.
    func finishSending(_ call: Call)

    /// Nobody waits for the call any more. Harmless when it has ended.
    func abandon(_ call: Call)
}
