package import Model

/// What the queue asks about the daemon: has it what every job needs, its database and its blob store?
///
/// While the gate is closed nothing is claimed, and failures are not charged to the job.
package struct HealthGate: Sendable {
    /// Whether the daemon was healthy when it was last looked at. Answers at once.
    let isOpen: @Sendable () -> Bool
    /// Looks now and says what is wrong, if anything is; ``isOpen`` says so from then on.
    let look: @Sendable () async -> PackagingError?

    /// The gate of a daemon whose health these tell.
    package init(isOpen: @escaping @Sendable () -> Bool, look: @escaping @Sendable () async -> PackagingError?) {
        self.isOpen = isOpen
        self.look = look
    }
}
