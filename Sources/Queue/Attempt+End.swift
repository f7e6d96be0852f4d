import Logging
import Model
import Store

extension Attempt {
    /// Writes how the attempt ended, as ``AttemptState`` decides.
    ///
    /// - Returns: The package, if the job has one now.
    func conclude(
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

    /// Translates the result into the terms of ``AttemptState``, and logs it.
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

    /// Logs the error that ended the work.
    private func tell(_ error: any Error, _ action: AttemptState.Action) {
        if case .giveUp(.postponed, _) = action {
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
            // The row of the attempt names the location, and the cleaner removes the bytes there.
            table.logger.warning(
                "could not delete the package of a job that ended",
                metadata: ["error": "\(error)"]
            )
        }
    }

    private func giveUp(_ how: GivingUp) async {
        if case .returned = how { return await giveBack() }
        do {
            // A sweep may have taken the job back meanwhile. Then the loss is undone, because this daemon lives.
            guard let status = try await table.store.giveUp(claim, how) else { return await giveBack() }
            table.logger.info("the job ended", metadata: ["how": "\(how)", "status": "\(status.rawValue)"])
            table.wakeUps.events(of: [claim.project])
            if status == .queued { table.wakeUps.newJobs() }
        } catch {
            table.logger.warning("could not write the job's end", metadata: ["error": "\(error)"])
            // In all other cases the lease expires. A job that was asked to stop is then cancelled, and another attempt
            // at any other job comes to its own end.
            if case .postponed = how { table.releases.add(claim) }
        }
    }

    private func giveBack() async {
        do {
            let isQueued = try await table.store.giveBack(claim)
            table.logger.info("gave back the job", metadata: ["queued": "\(isQueued)"])
            table.wakeUps.events(of: [claim.project])
            if isQueued { table.wakeUps.newJobs() }
        } catch {
            table.logger.warning("could not give back the job yet", metadata: ["error": "\(error)"])
            table.releases.add(claim)
        }
    }
}
