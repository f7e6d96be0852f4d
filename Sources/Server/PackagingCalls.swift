import Model
import PackagingMessages
import Services
import TTRPC
import Watch

/// The calls of the service `Packaging`: each reads wire values, asks a service, and writes wire values.
struct PackagingCalls: PackagingHandler {
    let identity: Identity
    let packaging: PackagingService
    let jobs: JobService
    let packages: PackageService
    let manifests: ManifestService
    let validation: ValidationService
    let feed: EventFeed

    // MARK: What can be made

    func checkReadiness(
        _ request: CheckReadinessRequest,
        context: CallContext
    ) async throws -> PackagingMessages.Readiness {
        let caller = try await identity.caller(of: context, on: .project(request.project))
        let readiness = try await packaging.readiness(of: request.project, tenant: caller.tenant)
        let page = try MissingAudioPages(size: request.pageSize, token: request.pageToken)
        return page.reply(to: readiness)
    }

    func planPackages(_ request: PlanPackagesRequest, context: CallContext) async throws -> PackagePlans {
        let caller = try await identity.caller(of: context, on: .project(request.project))
        let platforms = try platforms(request.platformIDs)
        if request.includeChanges {
            let planned = try await packaging.changes(of: request.project, platforms: platforms, tenant: caller.tenant)
            return PackagePlans(
                plans: planned.map { package, changes in
                    var plan = PackagingMessages.PackagePlan(package)
                    plan.changes = PackagingMessages.PlannedChanges(changes)
                    return plan
                }
            )
        }
        let plans = try await packaging.plan(of: request.project, platforms: platforms, tenant: caller.tenant)
        return PackagePlans(plans: plans.map(PackagingMessages.PackagePlan.init))
    }

    func createAll(_ request: CreateAllRequest, context: CallContext) async throws -> CreateAllReply {
        let caller = try await identity.caller(of: context, on: .project(request.project))
        let created = try await packaging.create(
            PackagingService.CreationRequest(
                project: request.project,
                platforms: try platforms(request.platformIDs),
                options: BatchOptions(
                    generateMissingAudio: request.generateMissingAudio,
                    validateAfterCreation: request.validateAfterCreation
                ),
                requestID: request.requestID
            ),
            by: caller.id,
            tenant: caller.tenant
        )
        return CreateAllReply(created)
    }

    func getManifest(_ request: GetManifestRequest, context: CallContext) async throws -> PackagingMessages.Manifest {
        let caller = try await identity.caller(of: context, on: .project(request.project))
        let page = try await manifests.manifest(
            of: request.project,
            size: request.pageSize,
            token: request.pageToken,
            tenant: caller.tenant
        )
        return PackagingMessages.Manifest(page)
    }

    func listRules(_ request: ListRulesRequest, context: CallContext) async throws -> ListRulesReply {
        _ = try identity.caller(of: context)
        let platform = request.platformID.isEmpty ? nil : try Platform(wire: request.platformID, field: "platform_id")
        return ListRulesReply(platforms: packaging.rules(of: platform).map(PackagingMessages.PlatformRules.init))
    }

    // MARK: Jobs

    func getJob(_ request: GetJobRequest, context: CallContext) async throws -> PackagingMessages.Job {
        let caller = try await identity.caller(of: context, on: .job(request.jobID))
        return PackagingMessages.Job(try await jobs.job(request.jobID, tenant: caller.tenant))
    }

    func listJobs(_ request: ListJobsRequest, context: CallContext) async throws -> ListJobsReply {
        let caller = try await identity.caller(of: context, on: .project(request.project))
        let page = try await jobs.jobs(
            ofProject: request.project,
            batch: request.batchID,
            PageRequest(size: request.pageSize, token: request.pageToken),
            tenant: caller.tenant
        )
        return ListJobsReply(jobs: page.elements.map(PackagingMessages.Job.init), nextPageToken: page.next?.token ?? "")
    }

    func retryJob(_ request: RetryJobRequest, context: CallContext) async throws -> PackagingMessages.Job {
        let caller = try await identity.caller(of: context, on: .job(request.jobID))
        return PackagingMessages.Job(try await jobs.retry(job: request.jobID, tenant: caller.tenant))
    }

    func cancelJob(_ request: CancelJobRequest, context: CallContext) async throws -> CancelJobReply {
        switch request.target {
        case .jobID(let id):
            let caller = try await identity.caller(of: context, on: .job(id))
            return CancelJobReply(jobs: [PackagingMessages.Job(try await jobs.cancel(job: id, tenant: caller.tenant))])
        case .batchID(let id):
            let caller = try await identity.caller(of: context, on: .batch(id))
            return CancelJobReply(
                jobs: try await jobs.cancel(batch: id, tenant: caller.tenant).map(PackagingMessages.Job.init)
            )
        case nil:
            throw PackagingError.invalid("target", "is missing: name a job or a batch")
        }
    }

    func watchJob(
        _ request: WatchJobRequest,
        replies: MessageWriter<PackagingMessages.JobEvent>,
        context: CallContext
    ) async throws {
        guard request.afterSequence >= 0 else { throw PackagingError.invalid("after_sequence", "is negative") }
        let (target, project, caller): (EventScope, ProjectID, Caller)
        switch request.target {
        case .jobID(let id):
            caller = try await identity.caller(of: context, on: .job(id))
            let job = try await jobs.job(id, tenant: caller.tenant)
            (target, project) = (.job(job.id), job.project)
        case .batchID(let id):
            caller = try await identity.caller(of: context, on: .batch(id))
            let job = try await jobs.jobs(ofBatch: id, tenant: caller.tenant)[0]
            (target, project) = (.batch(job.batch), job.project)
        case nil:
            throw PackagingError.invalid("target", "is missing: name a job or a batch")
        }
        var told: [JobID: Model.JobEvent] = [:]
        try await feed.follow(target, project: project, after: request.afterSequence, tenant: caller.tenant) { event in
            // A slow reader may miss steps of progress. It never misses a change of status, nor the last event, nor that
            // events were removed.
            let isProgress = told[event.job].map { $0.status == event.status && $0.attempt == event.attempt } ?? false
            if isProgress && !event.isCompacted && replies.isBacklogged { return }
            told[event.job] = event
            try await replies.write(PackagingMessages.JobEvent(event))
        }
    }

    // MARK: Packages

    func listPackages(_ request: ListPackagesRequest, context: CallContext) async throws -> ListPackagesReply {
        let caller = try await identity.caller(of: context, on: .project(request.project))
        let platform =
            request.platformID.isEmpty ? nil : try Platform(wire: request.platformID, field: "platform_id")
        let (page, usage) = try await packages.packages(
            of: request.project,
            platform: platform,
            currentOnly: request.currentOnly,
            PageRequest(size: request.pageSize, token: request.pageToken),
            tenant: caller.tenant
        )
        return ListPackagesReply(
            packages: page.elements.map(PackagingMessages.Package.init),
            storageQuota: StorageQuota(usage),
            nextPageToken: page.next?.token ?? ""
        )
    }

    func download(
        _ request: DownloadRequest,
        replies: MessageWriter<DownloadChunk>,
        context: CallContext
    ) async throws {
        let caller = try await identity.caller(of: context, on: .package(request.packageID))
        var package: StoredPackage?
        try await packages.download(request.packageID, from: request.offset, tenant: caller.tenant) { found in
            package = found
            try await replies.write(
                DownloadChunk(offset: request.offset, totalSize: found.bytes, fileName: found.fileName)
            )
        } receive: { offset, bytes in
            try await replies.write(DownloadChunk(offset: offset, data: bytes))
        }
        guard let package else { return }
        try await replies.write(DownloadChunk(offset: package.bytes, sha256: package.sha256.description))
    }

    private func platforms(_ names: [String]) throws(PackagingError) -> [Platform] {
        var platforms: [Platform] = []
        for (index, name) in names.enumerated() {
            platforms.append(try Platform(wire: name, field: "platform_ids[\(index)]"))
        }
        return platforms
    }
}

/// Pages of missing audio. The page token counts chapters and segments as one list, with the chapters first.
private struct MissingAudioPages {
    private let start: Int
    private let size: Int

    init(size: Int32, token: String) throws(PackagingError) {
        guard size >= 0 else { throw .invalid("page_size", "\(size) is negative") }
        self.size = size == 0 ? 1000 : min(Int(size), 10_000)
        guard let start = token.isEmpty ? 0 : Int(token), start >= 0 else {
            throw .invalid("page_token", "is not one that a list of this server gave")
        }
        self.start = start
    }

    func reply(to readiness: Model.Readiness) -> PackagingMessages.Readiness {
        let chapters = readiness.missingChapters
        let segments = readiness.missingSegments
        let end = start + size
        let total = chapters.count + segments.count
        func page<Element>(_ list: [Element], after first: Int) -> ArraySlice<Element> {
            let lower = min(max(0, start - first), list.count)
            let upper = min(max(0, end - first), list.count)
            return list[lower..<max(lower, upper)]
        }
        return PackagingMessages.Readiness(
            readiness,
            chapters: page(chapters, after: 0),
            segments: page(segments, after: chapters.count),
            nextPageToken: end < total ? "\(end)" : ""
        )
    }
}

extension CreateAllReply {
    fileprivate init(_ created: CreatedBatch) {
        self.init(
            batchID: created.batch.description,
            jobIDs: Dictionary(uniqueKeysWithValues: created.jobs.map { ($0.key.rawValue, $0.value.id.description) }),
            message: created.words,
            refused: created.refused.map {
                PackagingMessages.RefusedPlatform(platformID: $0.platform.rawValue, reasons: $0.reasons)
            },
            existing: created.isOfEarlierCall
        )
    }
}

extension CreatedBatch {
    /// Whether an earlier call started these jobs.
    fileprivate var isOfEarlierCall: Bool { existing || repeated }

    /// What was started, in words.
    fileprivate var words: String {
        func platforms(_ count: Int) -> String { count == 1 ? "1 platform" : "\(count) platforms" }
        if isOfEarlierCall { return "Packaging jobs exist already for \(platforms(jobs.count))" }
        let unchanged = jobs.compactMapValues { $0.package?.version }
        let created = "Packaging jobs created for \(platforms(jobs.count - unchanged.count))"
        guard !unchanged.isEmpty else { return created }
        let versions = unchanged.sorted { $0.key < $1.key }.map { "\($0.key.rawValue) version \($0.value)" }
        let there = versions.joined(separator: ", ")
        return unchanged.count == jobs.count
            ? "Nothing has changed since the last packages: \(there)"
            : "\(created); nothing has changed since \(there)"
    }
}
