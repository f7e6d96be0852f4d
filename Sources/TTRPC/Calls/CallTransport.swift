internal import Model

/// The connection of a call, as the readers and writers of messages use it.
protocol CallTransport: AnyObject, Sendable {
    /// Queues a message, or returns why it was not queued.
    func submit(_ message: [UInt8], of call: Call) -> Traffic.Submission

    /// The number of the call's bytes that wait to be sent, and the limit.
    func backlog(of call: Call) -> (bytes: Int, bound: Int)

    /// Notes that a message was taken from the call's inbox.
    func wasRead(_ message: [UInt8], of call: Call)

    /// Notes that no more messages will be submitted and that the sent ones are complete. Only clients use it.
    func finishSending(_ call: Call)

    /// Notes that nothing waits for the call any more. It has no effect on a call that has ended.
    func abandon(_ call: Call)
}
