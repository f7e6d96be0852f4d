/// The result of a request to end an attempt with a package.
package enum FinishOutcome: Sendable, Hashable {
    /// The job is completed. An attempt that asks again, because it did not receive the first answer, gets the same
    /// result.
    case finished(package: PackageID, version: Int)
    /// The job now belongs to another attempt; nothing was written.
    case notYours
    /// A user asked to stop the job first; nothing was written.
    case cancelRequested
    /// With this package the tenant would have more bytes than it may keep; nothing was written.
    case quotaExceeded(needed: Int64, used: Int64, limit: Int64)
    /// The object to share, or the package to complete the job with, is being deleted; nothing was written.
    case objectGone
}

/// The ways in which an attempt ends without a package.
package enum GivingUp: Sendable, Hashable {
    /// The package cannot be made, for what the message says. The reason is a constant word for it in UPPER_SNAKE_CASE;
    /// empty where there is none.
    case failed(String, reason: String = "")
    /// The attempt failed for what the message says, but another may succeed. The job is queued again after a growing
    /// pause, and fails after the eighth time.
    case retry(String, reason: String = "")
    /// The daemon stops, or has lost the lease together with its database. The job is queued again at once, and the
    /// attempt does not count.
    case returned
    /// Something was short for a moment, such as memory, room on a disk, or the blob store. The job is queued again with
    /// this reason in its step, after a pause that grows from 1 to 30 seconds. The attempt does not count, however often
    /// this happens: a shortage says nothing about the book.
    case postponed(String)
    /// The work was stopped because a user asked for it.
    case cancelled
}
