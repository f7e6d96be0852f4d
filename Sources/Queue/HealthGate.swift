package import Model

/// The health of the daemon, as the queue sees it: whether the daemon has what every job needs, which is its database
/// and its blob store.
///
/// While the gate is closed nothing is claimed, and failures are not charged to the job.
package struct HealthGate: Sendable {
    /// Whether the daemon was healthy when it was last checked. Answers at once.
    let isOpen: @Sendable () -> Bool
    /// Checks now and returns the problem, if there is one. From then on ``isOpen`` gives the same answer.
    let look: @Sendable () async -> PackagingError?

    /// A gate that uses these two functions.
    package init(isOpen: @escaping @Sendable () -> Bool, look: @escaping @Sendable () async -> PackagingError?) {
        self.isOpen = isOpen
        self.look = look
    }
}
