/// What became of the wish to end an attempt with a package.
package enum FinishOutcome: Sendable, Hashable {
    /// The job is completed. Said as well to an attempt that asks again because it did not hear the first answer.
    case finished(package: PackageID, version: Int)
    /// The job belongs to another attempt; nothing was written.
    case notYours
    /// Somebody asked to stop the job first; nothing was written.
    case cancelRequested
    /// The tenant may not keep so many bytes; nothing was written.
    case quotaExceeded(used: Int64, limit: Int64)
    /// The object to share, or the package to end with, is being deleted; nothing was written.
    case objectGone
}

/// How an attempt ends without a package.
package enum GivingUp: Sendable, Hashable {
    /// It cannot be made, for this reason.
    case failed(String)
    /// It failed for this reason and may succeed later: queued again with a growing pause, failed after the eighth
    /// time.
    case retry(String)
    /// The daemon stops, or has lost what every job needs: queued again at once, and the attempt does not count.
    case returned
    /// The work was stopped because somebody asked for it.
    case cancelled
}
