import Model

/// The job table as the SQL functions of the same names keep it, in memory and on a clock of its own. StoreTests compare
/// the real functions with a model of the same rules.
struct ScriptedQueue {
    struct Job {
        let id: JobID
        let tenant: TenantID
        let batch: BatchID
        let platform: Platform
        var status = JobStatus.queued
        var epoch: Int64?
        /// That of its last attempt, also after this has ended.
        var lastEpoch: Int64?
        var owner: InstanceID?
        var leaseUntil: Moment = 0
        var runAt: Moment
        var attempt = 0
        var crashes = 0
        var failures = 0
        var waits = 0
        var isCancelRequested = false
        var error: String?
        var packages = 0

        var isRunning: Bool { status == .downloadingAudio }

        mutating func end(_ status: JobStatus) {
            self.status = status
            owner = nil
            if status == .queued { epoch = nil }
        }
    }

    let lease: Moment
    /// The most jobs of one tenant that run at once.
    let cap: Int
    private(set) var jobs: [JobID: Job] = [:]
    private var turns: [TenantID: Int64] = [:]
    private var lastEpoch: Int64 = 0
    private var lastID: UInt64 = 0
    /// The attempts that a sweep called lost, with their jobs.
    private var lost: [Int64: JobID] = [:]

    init(lease: Moment, cap: Int) {
        self.lease = lease
        self.cap = cap
    }

    /// Whether every job has ended.
    var isDone: Bool { jobs.values.allSatisfy(\.status.isTerminal) }

    /// Whether the tenant of a job is below its cap.
    func hasRoom(forTenantOf id: JobID) -> Bool {
        jobs.values.count { $0.tenant == jobs[id]?.tenant && $0.isRunning && $0.id != id } < cap
    }

    /// Forgets all jobs, which have ended.
    mutating func clear() {
        jobs = [:]
        lost = [:]
    }

    mutating func submit(_ tenant: TenantID, _ platforms: [Platform], at now: Moment) -> [JobID] {
        lastID += 1
        let batch = BatchID(high: 2, low: lastID)
        turns[tenant] = turns[tenant] ?? 0
        return platforms.map { platform in
            lastID += 1
            let id = JobID(high: 1, low: lastID)
            jobs[id] = Job(id: id, tenant: tenant, batch: batch, platform: platform, runAt: now)
            return id
        }
    }

    mutating func claim(_ owner: InstanceID, limit: Int, at now: Moment) -> [Claim] {
        let order = turns.sorted { ($0.value, $0.key.description) < ($1.value, $1.key.description) }
        for (tenant, _) in order {
            let room = min(limit, cap - jobs.values.count { $0.tenant == tenant && $0.isRunning })
            let due = jobs.values.filter { $0.tenant == tenant && $0.status == .queued && $0.runAt <= now }
            guard room > 0, let first = due.min(by: { ($0.runAt, $0.id) < ($1.runAt, $1.id) }) else { continue }
            let taken = due.filter { $0.batch == first.batch }.sorted { $0.platform < $1.platform }.prefix(room)
            let claims = taken.map { job in
                lastEpoch += 1
                jobs[job.id]?.status = .downloadingAudio
                jobs[job.id]?.epoch = lastEpoch
                jobs[job.id]?.lastEpoch = lastEpoch
                jobs[job.id]?.owner = owner
                jobs[job.id]?.leaseUntil = now + lease
                jobs[job.id]?.attempt += 1
                return Claim(
                    tenant: tenant,
                    project: ProjectID(high: 0, low: 1),
                    batch: job.batch,
                    job: job.id,
                    platform: job.platform,
                    epoch: Epoch(lastEpoch),
                    attempt: job.attempt + 1,
                    location: BlobLocation(container: "t", path: "\(lastEpoch)"),
                    lease: .milliseconds(lease)
                )
            }
            lastEpoch += 1
            turns[tenant] = lastEpoch
            return claims
        }
        return []
    }

    private func holds(_ claim: Claim) -> Bool {
        jobs[claim.job].map { $0.isRunning && $0.epoch == claim.epoch.value } ?? false
    }

    mutating func beat(_ claims: [Claim], at now: Moment) -> [Beat] {
        claims.filter(holds).map { claim in
            jobs[claim.job]?.leaseUntil = now + lease
            return Beat(
                tenant: claim.tenant,
                project: claim.project,
                job: claim.job,
                epoch: claim.epoch,
                isCancelRequested: jobs[claim.job]?.isCancelRequested ?? false,
                hasEvent: false,
                lease: .milliseconds(lease)
            )
        }
    }

    mutating func finish(_ claim: Claim) -> FinishOutcome {
        let package = PackageID(high: 3, low: UInt64(claim.epoch.value))
        guard let job = jobs[claim.job], job.epoch == claim.epoch.value else { return .notYours }
        if job.status == .completed { return .finished(package: package, version: 1) }
        guard job.isRunning else { return .notYours }
        if job.isCancelRequested { return .cancelRequested }
        jobs[claim.job]?.end(.completed)
        jobs[claim.job]?.packages += 1
        return .finished(package: package, version: 1)
    }

    mutating func giveUp(_ claim: Claim, _ how: GivingUp, at now: Moment) -> JobStatus? {
        guard holds(claim), var job = jobs[claim.job], how != .cancelled || job.isCancelRequested else { return nil }
        defer { jobs[claim.job] = job }
        job.runAt = now
        switch how {
        case .failed(let reason, _): job.error = reason
        case .retry(let reason, _):
            job.error = reason
            job.runAt = now + Self.backoff(job.failures)
            job.failures += 1
        case .postponed: job.runAt = now + min(1000 << min(job.waits, 5), 30_000)
        case .returned, .cancelled: break
        }
        if case .postponed = how { job.waits += 1 } else { job.waits = 0 }
        switch how {
        case _ where job.isCancelRequested: job.end(.cancelled)
        case .failed: job.end(.failed)
        case .retry: job.end(job.failures == 8 ? .failed : .queued)
        case .returned, .postponed:
            job.attempt -= 1
            job.end(.queued)
        case .cancelled: break
        }
        return job.status
    }

    /// Gives a job back, or undoes the loss of a daemon that lives.
    mutating func giveBack(_ claim: Claim, at now: Moment) {
        guard giveUp(claim, .returned, at: now) == nil, lost.removeValue(forKey: claim.epoch.value) != nil,
            let job = jobs[claim.job], !job.status.isTerminal
        else { return }
        jobs[claim.job]?.crashes = max(0, job.crashes - 1)
        if job.status == .queued, job.lastEpoch == claim.epoch.value { jobs[claim.job]?.runAt = min(job.runAt, now) }
    }

    mutating func cancel(_ id: JobID) {
        guard let job = jobs[id], !job.status.isTerminal, !job.isCancelRequested else { return }
        jobs[id]?.isCancelRequested = true
        if job.status == .queued { jobs[id]?.end(.cancelled) }
    }

    /// Takes back the jobs whose leases ran out; returns whether one is queued again.
    mutating func sweep(at now: Moment) -> Bool {
        var isQueued = false
        for job in jobs.values where job.isRunning && job.leaseUntil < now {
            if let epoch = job.epoch { lost[epoch] = job.id }
            jobs[job.id]?.crashes += 1
            jobs[job.id]?.runAt = job.crashes == 0 ? now : now + Self.backoff(job.crashes - 1)
            let isLast = job.crashes == 3
            if isLast { jobs[job.id]?.error = "the daemon that ran the job was lost 4 times" }
            jobs[job.id]?.end(job.isCancelRequested ? .cancelled : isLast ? .failed : .queued)
            isQueued = isQueued || !isLast
        }
        return isQueued
    }

    /// A daemon has started again and ends the leases of its earlier life.
    mutating func abandon(_ owner: InstanceID, at now: Moment) {
        for job in jobs.values where job.isRunning && job.owner == owner { jobs[job.id]?.leaseUntil = now - 1 }
    }

    private static func backoff(_ failures: Int) -> Moment { min(5000 << min(failures, 10), 300_000) }
}
