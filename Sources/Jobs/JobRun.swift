import Assets
import Blobs
import Concurrency
import Logging
import Model
import Packagers
import Planning
import Queue
import Store

/// The work for one job of a batch: builds its package from the results of the batch's work, and stores the bytes.
struct JobRun: JobWork {
    private let claim: Claim
    private let context: BatchContext
    private let activity = JobActivity()

    init(claim: Claim, context: BatchContext) {
        self.claim = claim
        self.context = context
    }

    var progress: JobProgress {
        JobProgress(report())
    }

    /// Builds the package and stores it, unless an equal package exists already or another job of the batch stores the
    /// same bytes.
    func carryOut(_ attempt: Attempt) async throws -> JobProduct {
        let results = context.results
        let lines = try await results.speaks.value
        if lines > 0 { try await tell(attempt, speech(of: lines)) }
        if try await results.later.value.contains(claim.platform) {
            throw PackagingError(
                .resourceExhausted,
                "the disks have no room for the packages of all platforms at once, so this one is made after the others",
                reason: "SCRATCH_FULL"
            )
        }
        let plan = try await results.plan.value
        guard let package = plan.package(for: claim.platform) else {
            throw PackagingError(.internal, "the plan has no package for \"\(claim.platform.rawValue)\"")
        }
        if let equal = try await results.equals.value[claim.platform] {
            if equal.platform == claim.platform {
                try await validate(equal, plan, attempt)
                return .there(equal.id)
            }
            return try await made(NewPackage(package, content: .shared(with: equal.id)), plan, attempt)
        }
        try await tell(attempt, report())
        if let equal = try await context.sharing.package(for: claim.platform, recipes: plan.recipes) {
            return try await made(NewPackage(package, content: .shared(with: equal)), plan, attempt)
        }
        let upload = PackageUpload(blobs: context.parts.blobs, scratch: context.scratch, renders: results)
        let stored = try await upload.send(claim.platform, to: claim.location) {
            try await tell(attempt, report())
        } encoded: {
            activity.enter(.packaging)
            try await tell(attempt, report())
        } sent: { bytes in
            activity.stored(Double(bytes) / Double(max(1, package.size)))
        }
        var new = NewPackage(package, content: .stored(bytes: stored.blob.size, sha256: stored.blob.digest))
        new.chapters = stored.chapters
        new.validation = try await report(on: new.content, plan, attempt)
        return .made(new)
    }

    func deletePackage() async throws {
        try await context.parts.blobs.delete(claim.location)
    }

    /// Completes a package that shares the bytes of another one: validates it if the batch asks for that.
    private func made(_ package: NewPackage, _ plan: BatchPlan, _ attempt: Attempt) async throws -> JobProduct {
        activity.enter(.packaging)
        try await tell(attempt, report())
        var package = package
        package.validation = try await report(on: package.content, plan, attempt)
        return .made(package)
    }

    /// Stores a report on a package that existed before, if the batch asks for one and the package has none.
    private func validate(_ package: StoredPackage, _ plan: BatchPlan, _ attempt: Attempt) async throws {
        guard package.validation == nil,
            let report = try await report(on: .shared(with: package.id), plan, attempt)
        else { return }
        _ = try await context.parts.packages.record(validation: report, of: package.id, tenant: claim.tenant)
    }

    /// Validates a package and returns the report; nil if the batch does not ask for one or there can be none.
    private func report(
        on content: NewPackage.Content,
        _ plan: BatchPlan,
        _ attempt: Attempt
    ) async throws -> ValidationReport? {
        guard try await context.results.options.value.validateAfterCreation else { return nil }
        let validation = PackageValidation(
            packages: context.parts.packages,
            inspector: PackageInspector(blobs: context.parts.blobs, workers: context.parts.workers),
            scratch: context.scratch,
            logger: context.logger
        )
        let report = try await validation.report(on: content, of: claim, plan) {
            activity.enter(.validating)
            try await tell(attempt, self.report())
        } progress: { samples in
            activity.validated(samples: samples)
        }
        activity.enter(.storing)
        do {
            try await tell(attempt, self.report())
        } catch let error as PackagingError {
            // The package is made. Its record is written next, which is tried several times.
            context.logger.notice("could not tell that the package is stored", metadata: ["error": "\(error)"])
        }
        return report
    }

    // MARK: Telling

    /// Tells a new phase at once, because it may be over before the next beat.
    private func tell(_ attempt: Attempt, _ report: BatchProgress.Report) async throws {
        try await attempt.advance(to: report.phase.status, JobProgress(report))
    }

    private func report() -> BatchProgress.Report {
        context.board.report(of: claim.platform, activity.state)
    }

    /// The report that `count` segments are spoken, unless the work has gone beyond that already.
    private func speech(of count: Int) -> BatchProgress.Report {
        var report = report()
        if report.phase.status == .downloadingAudio { report.phase = .speaking(segment: 1, of: count) }
        return report
    }
}

extension JobProgress {
    fileprivate init(_ report: BatchProgress.Report) {
        self.init(
            status: report.phase.status,
            percent: report.percent,
            step: report.phase.words,
            remaining: report.left
        )
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
