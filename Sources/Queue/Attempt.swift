package import Model
internal import Store
internal import Synchronization

/// One attempt of this daemon at a job: it works under the lease, tells how far it is, and writes how it ended.
///
/// ``AttemptState`` decides; this does it.
package struct Attempt: Sendable {
    /// The claim that it writes as.
    package let claim: Claim
    let batch: ClaimedBatch
    let table: JobTable

    /// Works on the job until it has ended, here or elsewhere. Every outcome is in the job table when this returns,
    /// or the lease will run out and another daemon finds out.
    ///
    /// - Returns: The package, if the job has one now.
    package func run(_ work: some JobWork) async -> PackageID? {
        await LogFacts.$current.withValue(claim.logFacts) { await hold(work) }
    }

    private func hold(_ work: some JobWork) async -> PackageID? {
        let state = Mutex(AttemptState())
        let task = Task { try await work.carryOut(self) }
        // What the job does here stops at once, and so does what is shared where this was the last job that wanted it.
        // Nothing is asked of the database before: it may be what is away.
        let stop: @Sendable (Interruption) -> Void = { reason in
            state.withLock { $0.interrupted(by: reason) }
            task.cancel()
            batch.leave(claim.job)
        }
        table.leases.hold(claim, sent: batch.sent) {
            work.progress
        } interrupt: { reason in
            stop(reason)
        }
        let result = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            stop(.draining)
        }
        batch.leave(claim.job)
        // What follows must be written even while the daemon stops, so a fresh task does it.
        let package = await Task { await conclude(work, result, state.withLock { $0 }) }.value
        table.leases.release(claim.job)
        return package
    }

    /// Moves the job on to `status` and renews its lease.
    ///
    /// - Throws: ``AnotherAttempt``; what the database says.
    package func advance(to status: JobStatus, _ progress: JobProgress) async throws {
        guard try await table.store.advance(claim, to: status, progress) != nil else { throw AnotherAttempt() }
        table.wakeUps.events(of: [claim.project])
    }
}

/// The job belongs to another attempt: nothing more may be written for it.
package struct AnotherAttempt: Error {
    /// The error, which says all there is to say.
    package init() {}
}
