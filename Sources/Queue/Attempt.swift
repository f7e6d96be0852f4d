internal import Logging
package import Model
internal import Store
internal import Synchronization

/// What is done for one job, by whoever knows how packages are made.
package protocol JobWork: Sendable {
    /// What the job says of itself now. Called from any task.
    var progress: JobProgress { get }
    /// Makes the package and stores its bytes. Cancelling the task stops it.
    func carryOut(_ attempt: Attempt) async throws -> JobProduct
    /// Deletes the bytes that ``carryOut(_:)`` stored, for no row will name them.
    func deletePackage() async throws
}

/// What the work on a job came to.
package enum JobProduct: Sendable {
    /// A package that was made.
    case made(NewPackage)
    /// A package of the same recipe and platform that was there already.
    case there(PackageID)
}

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

    // MARK: The end

    private func conclude(
        _ work: some JobWork,
        _ result: Result<JobProduct, any Error>,
        _ state: AttemptState
    ) async -> PackageID? {
        var state = state
        var action = state.worked(end(of: result, state.interruption))
        while true {
            switch action {
            case .finish:
                action = await finish(result, &state)
            case .finishLater(let pause):
                try? await Task.sleep(for: pause)
                action = await finish(result, &state)
            case .look:
                action = state.looked(finding: await table.gate.look())
                if case .failure(let error) = result, state.interruption == nil { tell(error, action) }
            case .giveUp(let how, let deletesPackage):
                if deletesPackage { await delete(work) }
                await giveUp(how)
                return nil
            case .end(let package):
                return package
            }
        }
    }

    /// Puts the result into the words of ``AttemptState``, and into the log.
    private func end(
        of result: Result<JobProduct, any Error>,
        _ interruption: Interruption?
    ) -> AttemptState.WorkEnd {
        switch result {
        case .success:
            return .made
        case .failure(is AnotherAttempt):
            table.logger.notice("the job belongs to another attempt")
            return .anotherAttempt
        case .failure(let error):
            if interruption == .leaseLost { table.logger.warning("lost the lease of the job") }
            return .failed(.verdict(on: error, of: claim.job))
        }
    }

    /// Puts the error into the log that ended the work.
    private func tell(_ error: any Error, _ action: AttemptState.Action) {
        if case .giveUp(.returned, _) = action {
            table.logger.warning("put off the job until the daemon can do it", metadata: ["error": "\(error)"])
        } else if error is PackagingError {
            table.logger.warning("the job failed", metadata: ["error": "\(error)"])
        } else {
            table.logger.error("the job failed by a fault of ours", metadata: ["error": "\(error)"])
        }
    }

    private func finish(
        _ result: Result<JobProduct, any Error>,
        _ state: inout AttemptState
    ) async -> AttemptState.Action {
        do {
            let outcome =
                switch try result.get() {
                case .made(let package): try await table.store.finish(claim, package)
                case .there(let package): try await table.store.finish(claim, with: package)
                }
            switch outcome {
            case .finished(let id, let version):
                table.logger.info("package finished", metadata: ["package": "\(id)", "version": "\(version)"])
                table.wakeUps.events(of: [claim.project])
            case .notYours:
                table.logger.notice("the job belongs to another attempt, which makes its own package")
            case .cancelRequested, .quotaExceeded, .objectGone: break
            }
            return state.finished(outcome)
        } catch {
            table.logger.warning("could not finish the job", metadata: ["error": "\(error)"])
            return state.couldNotFinish()
        }
    }

    private func delete(_ work: some JobWork) async {
        do {
            try await work.deletePackage()
        } catch {
            // The attempt's row names the place, and the cleaner looks there.
            table.logger.warning(
                "could not delete the package of a job that ended",
                metadata: ["error": "\(error)"]
            )
        }
    }

    private func giveUp(_ how: GivingUp) async {
        do {
            let status = try await table.store.giveUp(claim, how)
            table.logger.info(
                "the job ended",
                metadata: ["how": "\(how)", "status": "\(status.map(\.rawValue) ?? "not ours")"]
            )
            table.wakeUps.events(of: [claim.project])
            if status == .queued { table.wakeUps.newJobs() }
        } catch {
            table.logger.warning("could not write the job's end", metadata: ["error": "\(error)"])
            // Otherwise its lease runs out, and another attempt comes to the same end.
            if case .returned = how { table.releases.add(claim) }
        }
    }
}

/// The job belongs to another attempt: nothing more may be written for it.
package struct AnotherAttempt: Error {
    /// The error, which says all there is to say.
    package init() {}
}
