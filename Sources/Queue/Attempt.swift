package import Model
internal import Store
internal import Synchronization

/// One attempt of this daemon at a job: it works under the lease, reports its progress, and writes how it ended.
///
/// ``AttemptState`` makes the decisions; this type carries them out.
package struct Attempt: Sendable {
    /// The claim under which it writes.
    package let claim: Claim
    let batch: ClaimedBatch
    let table: JobTable

    /// Works on the job until it has ended, here or elsewhere. When this returns, the outcome is in the job table. If
    /// it could not be written, ``Releases`` gives the job back later, or the lease expires and the job is taken back.
    ///
    /// - Returns: The package, if the job has one now.
    package func run(_ work: some JobWork) async -> PackageID? {
        await LogFacts.$current.withValue(claim.logFacts) { await hold(work) }
    }

    private func hold(_ work: some JobWork) async -> PackageID? {
        let state = Mutex(AttemptState())
        let task = Task { try await work.carryOut(self) }
        // The work for this job stops at once. The shared work stops too if this was the last job that wanted it, and
        // first, because its workers are what must not outlast the lease: on a busy machine this thread may lose the
        // processor between any two steps. The database is not asked, because it may be what is unavailable.
        let stop: @Sendable (Interruption) -> Void = { reason in
            state.withLock { $0.interrupted(by: reason) }
            batch.leave(claim.job)
            task.cancel()
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
        // The end must be written even while the daemon stops, so a new task does it, which is not cancelled.
        let package = await Task {
            // Once the end is written, another daemon may begin: until then no worker of this one may live.
            await batch.waitForStoppedWork()
            return await conclude(work, result, state.withLock { $0 })
        }.value
        table.leases.release(claim.job)
        return package
    }

    /// Moves the job on to `status` and renews its lease.
    ///
    /// - Throws: ``AnotherAttempt`` if the job belongs to another attempt; else the error of the database.
    package func advance(to status: JobStatus, _ progress: JobProgress) async throws {
        guard try await table.store.advance(claim, to: status, progress) != nil else { throw AnotherAttempt() }
        table.wakeUps.events(of: [claim.project])
    }
}

/// The job belongs to another attempt: nothing more may be written for it.
package struct AnotherAttempt: Error {
    /// The error. It carries no details.
    package init() {}
}
