import Assets
import Blobs
import Concurrency
import Logging
import Model
import Planning
import Store
import Synchronization
import Workers

/// Carries one claimed job to its end: its package in the blob store and its row, or its failure.
struct JobRunner: Sendable {
    let claim: Claim
    let batch: ClaimedBatch
    let store: JobStore
    let blobs: any BlobStore
    let leases: LeaseKeeper
    let fitness: Fitness
    let givenBack: GivenBack
    let wakeUps: WakeUps
    let scratch: ScratchFolder
    let renders: EncodedRenders
    let sharing: PackageSharing
    let progress: BatchBoard
    let validation: PackageValidation
    let logger: Logger

    /// What the work came to.
    private enum Work: Sendable {
        /// A package that was made.
        case made(NewPackage)
        /// A package of the same recipe and platform that was there already.
        case there(PackageID)
    }

    private let activity = JobActivity()

    /// Works on the job until it has ended, here or elsewhere. Every outcome is in the database when this returns, or the
    /// lease will run out and another daemon finds out.
    ///
    /// - Parameter sent: When the claim was sent.
    func run(claimSent sent: ContinuousClock.Instant) async {
        let interruption = Mutex<Interruption?>(nil)
        let work = Task { try await carryOut() }
        // What the job does here stops at once, and so does what is shared where this was the last job that wanted it.
        // Nothing is asked of the database before: it may be what is away.
        let stop: @Sendable (Interruption) -> Void = { reason in
            interruption.withLock { $0 = $0 ?? reason }
            work.cancel()
            batch.leave(claim.job)
        }
        leases.hold(claim, sent: sent) {
            report()
        } interrupt: { reason in
            stop(reason)
        }
        let result = await withTaskCancellationHandler {
            await work.result
        } onCancel: {
            stop(.draining)
        }
        batch.leave(claim.job)
        // What follows must be written even while the daemon stops, so a fresh task does it.
        let made = await Task { await conclude(result, interruption.withLock { $0 }) }.value
        sharing.ended(claim.platform, with: made)
        leases.release(claim.job)
    }

    /// Builds the package and stores it, unless it is there already or another job of the batch stores the same bytes.
    private func carryOut() async throws -> Work {
        if try await renders.speaks.value { try await advance(to: .generatingAudio) }
        let plan = try await renders.plan.value
        guard let package = plan.package(for: claim.platform) else {
            throw PackagingError(.internal, "the plan has no package for \"\(claim.platform.rawValue)\"")
        }
        if let equal = try await renders.equals.value[claim.platform] {
            if equal.platform == claim.platform {
                try await validate(equal, plan)
                return .there(equal.id)
            }
            try await advance(to: .uploading)
            return .made(try await validated(NewPackage(package, content: .shared(with: equal.id)), plan))
        }
        // Where every chapter was copied there is nothing to encode, and the job does not say so.
        if report().status == .processing { try await advance(to: .processing) }
        if let equal = try await sharing.package(for: claim.platform, recipes: plan.recipes) {
            try await advance(to: .uploading)
            return .made(try await validated(NewPackage(package, content: .shared(with: equal)), plan))
        }
        let upload = PackageUpload(blobs: blobs, scratch: scratch, renders: renders)
        let stored = try await upload.send(claim.platform, to: claim.location) {
            try await advance(to: .uploading)
        } sent: { bytes in
            activity.uploaded(Double(bytes) / Double(max(1, package.size)))
        }
        var new = NewPackage(package, content: .stored(bytes: stored.blob.size, sha256: stored.blob.digest))
        new.chapters = stored.chapters
        return .made(try await validated(new, plan))
    }

    /// The package with the report of its validation, if the batch asks for one.
    private func validated(_ package: NewPackage, _ plan: BatchPlan) async throws -> NewPackage {
        var package = package
        package.validation = try await report(on: package.content, plan)
        return package
    }

    /// Keeps a report on a package that was there, if the batch asks for one and the package has none.
    private func validate(_ package: StoredPackage, _ plan: BatchPlan) async throws {
        guard package.validation == nil, let report = try await report(on: .shared(with: package.id), plan) else {
            return
        }
        _ = try await validation.packages.record(validation: report, of: package.id, tenant: claim.tenant)
    }

    private func report(on content: NewPackage.Content, _ plan: BatchPlan) async throws -> ValidationReport? {
        try await validation.report(on: content, of: claim, plan) {
            activity.beganValidation()
            // At once, for it may be over before the next beat. It is the end of the last status that there is.
            try await advance(to: .uploading)
        }
    }

    private func report() -> BatchProgress.Report {
        activity.report { progress.report(of: claim.platform, uploaded: $0) }
    }

    private func advance(to status: JobStatus) async throws {
        guard try await store.advance(claim, to: status, JobProgress(report())) != nil else { throw AnotherAttempt() }
        wakeUps.events(of: [claim.project])
    }

    /// Writes how the work ended.
    ///
    /// - Returns: The package, if there is one now.
    private func conclude(
        _ result: Result<Work, any Error>,
        _ interruption: Interruption?
    ) async -> PackageID? {
        switch result {
        case .success(let work):
            return await finish(work)
        case .failure(is AnotherAttempt):
            logger.notice("the job belongs to another attempt")
        case .failure(let error):
            switch interruption {
            case .leaseLost:
                logger.warning("lost the lease of the job")
                if await fitness.look() != nil { await giveUp(.returned) }
            case .cancelRequested: await giveUp(.cancelled)
            case .draining: await giveUp(.returned)
            case nil: await fail(error)
            }
        }
        return nil
    }

    private func finish(_ work: Work) async -> PackageID? {
        // A commit whose answer was lost may have happened: asking again is answered with what it did.
        for attempt in 1... {
            do {
                let outcome =
                    switch work {
                    case .made(let package): try await store.finish(claim, package)
                    case .there(let package): try await store.finish(claim, with: package)
                    }
                switch outcome {
                case .finished(let id, let version):
                    logger.info(
                        "package finished",
                        metadata: ["package": "\(id)", "version": "\(version)"]
                    )
                    wakeUps.events(of: [claim.project])
                    return id
                case .notYours:
                    logger.notice("the job belongs to another attempt, which makes its own package")
                case .cancelRequested:
                    await dropPackage()
                    await giveUp(.cancelled)
                case .quotaExceeded(let used, let limit):
                    await dropPackage()
                    let left = max(0, limit - used)
                    await giveUp(
                        .failed("the package is too large: of the tenant's \(limit) bytes \(left) are left")
                    )
                case .objectGone:
                    await giveUp(.retry("the package to share was deleted"))
                }
                return nil
            } catch {
                logger.warning("could not finish the job", metadata: ["error": "\(error)", "attempt": "\(attempt)"])
                guard attempt < 5 else {
                    if await fitness.look() != nil { await giveUp(.returned) }
                    return nil
                }
                try? await Task.sleep(for: .seconds(1 << attempt))
            }
        }
        return nil
    }

    private func dropPackage() async {
        do {
            try await blobs.delete(claim.location)
        } catch {
            // The attempt's row names the place, and the sweep looks there.
            logger.warning("could not delete the package of a job that ended", metadata: ["error": "\(error)"])
        }
    }

    private func fail(_ error: any Error) async {
        // What fails while the daemon lacks what every job needs says nothing about this one, and costs it no attempt. A full
        // disk may be the job's own doing, though, and would be so again each time.
        if let lack = await fitness.look(), lack.code != .resourceExhausted {
            logger.warning("put off the job until the daemon can do it", metadata: ["error": "\(error)"])
            return await giveUp(.returned)
        }
        guard let error = error as? PackagingError else {
            logger.error("the job failed by a fault of ours", metadata: ["error": "\(error)"])
            return await giveUp(.failed("internal error: see the daemon's log for job \(claim.job)"))
        }
        logger.warning("the job failed", metadata: ["error": "\(error)"])
        let mayPass = error.code == .unavailable || error.code == .aborted || error.code == .deadlineExceeded
        await giveUp(mayPass ? .retry(error.message) : .failed(error.message))
    }

    private func giveUp(_ how: GivingUp) async {
        do {
            let status = try await store.giveUp(claim, how)
            logger.info(
                "the job ended",
                metadata: ["how": "\(how)", "status": "\(status.map(\.rawValue) ?? "not ours")"]
            )
            wakeUps.events(of: [claim.project])
            if status == .queued { wakeUps.newJobs() }
        } catch {
            logger.warning("could not write the job's end", metadata: ["error": "\(error)"])
            // Otherwise its lease runs out, and another attempt comes to the same end.
            if case .returned = how { givenBack.add(claim) }
        }
    }
}

extension NewPackage {
    /// The package that was planned, with these bytes.
    fileprivate init(_ plan: PackagePlan, content: Content) {
        self.init(
            format: plan.format,
            fileName: plan.fileName,
            durationSamples: Int64(plan.samples),
            audioSpec: plan.audio,
            content: content
        )
    }
}
