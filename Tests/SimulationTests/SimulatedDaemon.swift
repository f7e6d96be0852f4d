import Concurrency
import Model

@testable import Queue
@testable import Services

/// One daemon: the real values that decide about leases, claims, ends of attempts, turns of workers and health, and the
/// least that is needed to carry out what they decide in simulated time.
final class SimulatedDaemon {
    /// A batch that is worked on: renders that its jobs share, then an upload for each job.
    private final class Batch {
        let claims: [Claim]
        var live: LiveClaims
        var left: Int
        var attempts = 0
        /// Its renders that wait for a turn, and those that a worker does.
        var waiting: Set<Int> = []
        var atWork: Set<Int> = []
        var isStopped = false
        /// What waits until no worker of it lives any more.
        var whenIdle: [() -> Void] = []

        init(_ claims: [Claim], renders: Int) {
            self.claims = claims
            live = LiveClaims(claims)
            left = renders
        }
    }

    private final class Attempt {
        let claim: Claim
        let batch: Batch
        var state = AttemptState()
        var isWorking = true

        init(_ claim: Claim, _ batch: Batch) {
            self.claim = claim
            self.batch = batch
        }
    }

    let number: Int
    private unowned let world: World
    private(set) var instance = InstanceID(high: 0, low: 0)
    /// Whether the process runs. Each life has its own number, so that nothing reaches a later one.
    private(set) var isAlive = false
    private var life = 0
    /// It stands still until then, as after SIGSTOP; its workers go on.
    var frozenUntil: Moment = 0
    /// Its connections to the database stand still until then.
    var cutUntil: Moment = 0
    /// Until then the answers of the database do not arrive, though it does what it is asked.
    var deafUntil: Moment = 0

    private var leases = Leases()
    private var loop = ClaimLoop(concurrency: 2)
    private var health = HealthRecord(reasons: [], patience: 0)
    private var workers = FairQueue<TenantID, Int>(capacity: 2)
    private var attempts: [JobID: Attempt] = [:]
    private var renders: [Int: (batch: Batch, tenant: TenantID)] = [:]
    private var lastRender = 0
    private var releases: [Claim] = []
    private var isClaiming = false
    private var batches = 0

    init(_ number: Int, _ world: World) {
        self.number = number
        self.world = world
    }

    private var times: LeaseTimes { LeaseTimes(lease: .milliseconds(world.store.lease)) }
    var isHealthy: Bool { isAlive && health.problem == nil }
    var hasRoom: Bool { batches < 2 && !isClaiming }
    private var instant: ContinuousClock.Instant { world.instant }

    /// Whether it has nothing to do or to write any more.
    var isIdle: Bool { isAlive && batches == 0 && !isClaiming && releases.isEmpty }

    // MARK: Life

    func start() {
        life += 1
        isAlive = true
        let previous = instance
        instance = InstanceID(high: UInt64(number), low: UInt64(life))
        leases = Leases()
        loop = ClaimLoop(concurrency: 2)
        health = HealthRecord(reasons: ["DATABASE", "BLOBS"], patience: 30)
        workers = FairQueue(capacity: 2)
        (attempts, renders, releases, isClaiming, batches) = ([:], [:], [], false, 0)
        // Half of the starts find the state folder of the life before.
        if life > 1, world.chance(50) {
            ask(limit: 10_000) {
                $0.abandon(previous, at: $1)
            } then: { _ in
            }
        }
        run()
    }

    /// Sets its timers, after a start or after a time in which there was nothing to do.
    func run() {
        poll()
        beat()
        sweep()
        probe()
        tick()
    }

    /// The process is gone at once, and its workers with it.
    func kill() {
        isAlive = false
        life += 1
        for attempt in attempts.values { world.stopped(attempt.claim.job, on: number) }
        attempts = [:]
    }

    /// It takes no more work, and ends when its work has ended.
    func drain() {
        loop.drain()
        health.beginStopping()
        step()
    }

    // MARK: Time and the database

    /// Does `action` later, in this life only; and when it does not stand still.
    private func after(_ delay: Moment, _ action: @escaping () -> Void) {
        let life = life
        world.at(world.now + delay) { [self] in
            guard self.life == life else { return }
            if frozenUntil > world.now { return after(frozenUntil - world.now, action) }
            action()
        }
    }

    /// Has the database do `statement`, and then calls `done` with the answer; nil if none came within the limit.
    private func ask<Answer>(
        limit: Moment,
        _ statement: @escaping (inout ScriptedQueue, Moment) -> Answer,
        then done: @escaping (Answer?) -> Void
    ) {
        var isOver = false
        var isDropped = false
        let deadline = world.now + limit
        after(limit) {
            guard !isOver else { return }
            (isOver, isDropped) = (true, true)
            done(nil)
        }
        func arrive() {
            if cutUntil > world.now { return world.at(cutUntil + world.pick(0...20), arrive) }
            // A statement that stood on a connection which was dropped meanwhile may still be carried out.
            if isDropped, world.chance(50) { return }
            let answer = statement(&world.store, world.now)
            guard deafUntil <= world.now else { return world.count(.lostAnswer) }
            let arrival = max(world.now, cutUntil) + world.pick(1...20)
            guard arrival < deadline else { return }
            after(arrival - world.now) {
                guard !isOver else { return }
                isOver = true
                done(answer)
            }
        }
        world.at(world.now + world.pick(1...20), arrive)
    }

    private static func milliseconds(_ duration: Duration) -> Moment { Int(duration / .milliseconds(1)) }

    // MARK: Claiming

    private func poll() {
        wake()
        after(5000) { [self] in poll() }
    }

    /// There may be new jobs, or requests to stop some.
    func wake() {
        guard isAlive else { return }
        sendBeats(isPressed: true)
        loop.woken()
        step()
    }

    private func step() {
        while isAlive, !isClaiming {
            switch loop.next(isHealthy: health.problem == nil) {
            case .claim: claim()
            case .wait: return
            case .beginGrace:
                after(10_000) { [self] in for job in attempts.keys.sorted() { interrupt(job, .draining) } }
            case .end:
                isAlive = false
                life += 1
                world.drained(self)
            }
        }
    }

    private func claim() {
        isClaiming = true
        let sent = instant
        ask(limit: 12_000) { [instance] in
            $0.claim(instance, limit: 5, at: $1)
        } then: { [self] claims in
            isClaiming = false
            if let claims, !claims.isEmpty {
                loop.began()
                begin(claims, sent)
            } else {
                loop.foundNothing()
            }
            step()
        }
    }

    private func begin(_ claims: [Claim], _ sent: ContinuousClock.Instant) {
        batches += 1
        let batch = Batch(claims, renders: world.pick(1...4))
        batch.attempts = claims.count
        for claim in claims {
            leases.claimed(claim, sent: sent)
            attempts[claim.job] = Attempt(claim, batch)
        }
        // The answer may have come so late that the leases are over.
        watchTrust()
        guard !batch.isStopped else { return }
        for claim in claims { world.began(claim, on: self) }
        for _ in 0..<batch.left {
            lastRender += 1
            let render = lastRender
            renders[render] = (batch, claims[0].tenant)
            batch.waiting.insert(render)
            world.turns.arrived(render, claims[0].tenant, on: number)
            if workers.arrive(render, of: claims[0].tenant) { enter(render) }
        }
    }

    // MARK: Work

    private func enter(_ render: Int) {
        guard let (batch, tenant) = renders[render] else { return }
        if let fault = world.turns.entered(render, tenant, on: number) { world.violated(fault) }
        batch.waiting.remove(render)
        batch.atWork.insert(render)
        // The worker of a daemon that stands still goes on, but its end is seen later.
        after(world.pick(200...40_000)) { [self] in
            guard batch.atWork.contains(render) else { return }
            leave(render)
            guard !batch.isStopped else { return }
            if world.isShort {
                world.count(.shortage)
                for claim in batch.live.live { end(claim.job, .failed(.postponed("memory is short"))) }
                return
            }
            batch.left -= 1
            guard batch.left == 0 else { return }
            for claim in batch.live.live { upload(claim) }
        }
    }

    private func leave(_ render: Int) {
        guard let batch = renders.removeValue(forKey: render)?.batch else { return }
        batch.atWork.remove(render)
        if let next = workers.leave() { enter(next) }
        if batch.atWork.isEmpty {
            let waiting = batch.whenIdle
            batch.whenIdle = []
            for action in waiting { action() }
        }
    }

    private func upload(_ claim: Claim) {
        after(world.pick(100...10_000)) { [self] in
            guard attempts[claim.job]?.claim == claim else { return }
            end(claim.job, world.verdict(on: claim.job).map { .failed($0) } ?? .made)
        }
    }

    /// The job's own work has ended.
    private func end(_ job: JobID, _ end: AttemptState.WorkEnd) {
        guard let attempt = attempts[job], attempt.isWorking else { return }
        attempt.isWorking = false
        leave(attempt)
        whenWorkersAreGone(attempt.batch) { [self] in world.stopped(job, on: number) }
        // What is written may let another daemon begin, so the workers must be gone before.
        whenWorkersAreGone(attempt.batch) { [self] in carryOut(attempt.state.worked(end), attempt) }
    }

    /// Waits for the workers of a batch that was stopped. Those of a batch that goes on work for its other jobs.
    private func whenWorkersAreGone(_ batch: Batch, _ action: @escaping () -> Void) {
        if batch.isStopped, !batch.atWork.isEmpty {
            batch.whenIdle.append(action)
        } else {
            action()
        }
    }

    /// The job lives no more. The batch's work is stopped if it was the last one.
    private func leave(_ attempt: Attempt) {
        let batch = attempt.batch
        guard batch.live.leave(attempt.claim.job), !batch.isStopped else { return }
        batch.isStopped = true
        for render in batch.waiting.sorted() {
            if workers.abandon(render, of: attempt.claim.tenant) { renders[render] = nil }
            world.turns.gaveUp(render, on: number)
        }
        batch.waiting = []
        // SIGKILL, and the wait for the process to be gone.
        for render in batch.atWork.sorted() { after(world.pick(1...400)) { [self] in leave(render) } }
    }

    private func interrupt(_ job: JobID, _ reason: Interruption) {
        guard let attempt = attempts[job], attempt.isWorking else { return }
        attempt.state.interrupted(by: reason)
        end(job, .failed(.failed("cancelled")))
    }

    // MARK: Ends

    private func carryOut(_ action: AttemptState.Action, _ attempt: Attempt) {
        switch action {
        case .finish: finish(attempt)
        case .finishLater(let pause): after(Self.milliseconds(pause)) { [self] in finish(attempt) }
        case .look:
            ask(limit: Self.milliseconds(times.probeLimit)) { _, _ in
                true
            } then: { [self] answer in
                let problem = answer == nil ? Self.away : world.areBlobsAway ? Self.noBlobs : nil
                health.looked(at: 0, found: answer == nil ? Self.away : nil)
                carryOut(attempt.state.looked(finding: problem), attempt)
            }
        case .giveUp(.returned, _):
            ask(limit: 12_000) {
                $0.giveBack(attempt.claim, at: $1)
            } then: { [self] answer in
                if answer == nil { releases.append(attempt.claim) } else { world.notify() }
                over(attempt)
            }
        case .giveUp(let how, _):
            ask(limit: 12_000) {
                $0.giveUp(attempt.claim, how, at: $1)
            } then: { [self] answer in
                if answer == nil, case .postponed = how { releases.append(attempt.claim) }
                world.notify()
                over(attempt)
            }
        case .end: over(attempt)
        }
    }

    private func finish(_ attempt: Attempt) {
        ask(limit: 12_000) { store, _ in
            store.finish(attempt.claim)
        } then: { [self] outcome in
            carryOut(outcome.map { attempt.state.finished($0) } ?? attempt.state.couldNotFinish(), attempt)
        }
    }

    private func over(_ attempt: Attempt) {
        if attempts[attempt.claim.job] === attempt {
            leases.released(attempt.claim.job)
            attempts[attempt.claim.job] = nil
        }
        attempt.batch.attempts -= 1
        if attempt.batch.attempts == 0 { batches -= 1 }
        world.roomMayBeFree()
        guard attempt.batch.attempts == 0 else { return }
        loop.batchEnded()
        wake()
    }

    private func giveBack() {
        let waiting = releases
        releases = []
        for claim in waiting {
            ask(limit: 12_000) {
                $0.giveBack(claim, at: $1)
            } then: { [self] answer in
                if answer == nil { releases.append(claim) } else { world.notify() }
            }
        }
    }

    // MARK: Leases

    private func beat() {
        sendBeats(isPressed: false)
        after(max(1, Self.milliseconds(leases.pause(at: instant)))) { [self] in beat() }
    }

    private func sendBeats(isPressed: Bool) {
        let sent = instant
        let reports = attempts.mapValues { _ in JobProgress(percent: 1, step: "working") }
        let claims = leases.beats(reports, at: sent, isPressed: isPressed).map(\.claim)
        guard !claims.isEmpty else { return }
        ask(limit: Self.milliseconds(leases.beatLimit)) {
            $0.beat(claims, at: $1)
        } then: { [self] answers in
            guard let answers else { return leases.unanswered(sent: sent) }
            let interruptions = leases.answered(answers, to: claims, sent: sent)
            for (job, reason) in interruptions.sorted(by: { $0.key < $1.key }) { interrupt(job, reason) }
        }
    }

    /// Stops the work on jobs whose leases are no longer trusted, at the moment when that begins.
    private func watchTrust() {
        for job in leases.distrusted(at: instant).sorted() where attempts[job]?.isWorking == true {
            world.count(.lostLease)
            interrupt(job, .leaseLost)
        }
        guard let next = leases.nextDistrust(after: instant) else { return }
        after(max(1, Self.milliseconds(instant.duration(to: next)))) { [self] in watchTrust() }
    }

    private func sweep() {
        if !releases.isEmpty { giveBack() }
        ask(limit: Self.milliseconds(times.sweepLimit)) {
            $0.sweep(at: $1)
        } then: { [self] isQueued in
            if isQueued == true {
                wake()
                world.notify()
            }
        }
        after(Self.milliseconds(times.sweepInterval) * world.pick(80...120) / 100) { [self] in sweep() }
    }

    // MARK: Health

    private static let away = PackagingError(.unavailable, "the database is not available")
    private static let noBlobs = PackagingError(.unavailable, "the blob store is not available")

    private func probe() {
        ask(limit: Self.milliseconds(times.probeLimit)) { _, _ in
            true
        } then: { [self] answer in
            let before = health.problem
            health.looked(at: 0, found: answer == nil ? Self.away : nil)
            health.looked(at: 1, found: world.areBlobsAway ? Self.noBlobs : nil)
            if before != nil, health.problem == nil { wake() }
            after(Self.milliseconds(times.probeInterval)) { [self] in probe() }
        }
    }

    private func tick() {
        health.tick()
        after(1000) { [self] in tick() }
    }
}
