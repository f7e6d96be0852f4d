import Model
import TestSupport

/// The job table, three daemons, and everything that goes wrong, in simulated time. One seed gives one history.
///
/// A day has some episodes: batches are submitted, faults happen, and all jobs come to their end. In between there is
/// nothing to decide, and the clock jumps.
final class World {
    /// What went wrong, or had to be decided. A test asserts that each really happened.
    enum Fault: String, CaseIterable {
        case killed, drained, frozen, databaseAway, daemonCutOff, lostAnswer, blobsAway, shortage, cancelled
        case lostLease, badBook, flakyBook
    }

    /// How the work on a job ends, whenever an attempt gets that far.
    private enum Script {
        case good
        case bad
        case flaky(left: Int)
    }

    private(set) var now: Moment = 0
    var store = ScriptedQueue(lease: 15_000, cap: 4)
    var turns = Turns()
    private let origin = ContinuousClock.now
    private var random: SeededGenerator
    private var timeline = Timeline()
    private var daemons: [SimulatedDaemon] = []
    private var scripts: [JobID: Script] = [:]
    private var atWork: [JobID: Set<Int>] = [:]
    private var deaths: [JobID: Int] = [:]
    private var lastKill: [JobID: Moment] = [:]
    /// The jobs of killed daemons for which no daemon or not their tenant has room, and since when there is some again.
    private var waitingForRoom: Set<JobID> = []
    private var roomSince: [JobID: Moment] = [:]
    /// Whether anything happened in this episode that excuses a slow takeover.
    private var isDisturbed = false
    private var hasKilled = false
    private var lastFault: Moment = 0
    private(set) var areBlobsAway = false
    private(set) var isShort = false

    private(set) var counts: [Fault: Int] = [:]
    private(set) var violations: [String] = []
    private(set) var jobs = 0
    private(set) var events = 0
    private(set) var takeovers = 0
    private(set) var longestTakeover: Moment = 0

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        daemons = (0..<3).map { SimulatedDaemon($0, self) }
        for daemon in daemons { daemon.start() }
    }

    // MARK: What daemons use

    var instant: ContinuousClock.Instant { origin + .milliseconds(now) }

    func at(_ moment: Moment, _ action: @escaping () -> Void) { timeline.add(at: moment, action) }
    func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }
    func chance(_ percent: Int) -> Bool { pick(1...100) <= percent }
    func count(_ fault: Fault) { counts[fault, default: 0] += 1 }
    func violated(_ what: String) { violations.append("at \(now) ms: \(what)") }

    /// A notification: it wakes every daemon, or is lost.
    func notify() {
        at(now + 50) { [self] in
            guard !chance(5) else {
                // What is not told is found by the next poll.
                isDisturbed = true
                return
            }
            for daemon in daemons where daemon.cutUntil <= now && daemon.frozenUntil <= now { daemon.wake() }
        }
    }

    /// A daemon begins to work on a job.
    func began(_ claim: Claim, on daemon: SimulatedDaemon) {
        // Workers of a daemon that stands still go on beyond its lease: no program can help that, and the fence does.
        let others = (atWork[claim.job] ?? []).filter { daemons[$0].frozenUntil < claimedAt }
        if !others.isEmpty {
            violated("daemons \(others) and \(daemon.number) have workers for job \(claim.job)")
        }
        atWork[claim.job, default: []].insert(daemon.number)
        // The promise is for a free daemon, and a tenant below its cap. Whoever took the last room of either, such as another
        // job of the killed daemon, makes the rest wait for their turn.
        defer { waitingForRoom.formUnion(lastKill.keys.filter { !hasRoom(for: $0) }) }
        guard let killed = lastKill.removeValue(forKey: claim.job), !isDisturbed else { return }
        takeovers += 1
        longestTakeover = max(longestTakeover, now - killed)
        // A job for which there was no room is taken over at most two seconds after there was some.
        let begin = max(killed + store.lease, roomSince[claim.job] ?? 0)
        (roomSince[claim.job], _) = (nil, waitingForRoom.remove(claim.job))
        if now > begin + 2000 { violated("job \(claim.job) was taken over after \(now - killed) ms") }
    }

    /// Work has ended: jobs that waited for room may have it now.
    func roomMayBeFree() {
        for job in waitingForRoom where hasRoom(for: job) {
            roomSince[job] = now
            waitingForRoom.remove(job)
        }
    }

    private func hasRoom(for job: JobID) -> Bool {
        daemons.contains { $0.isHealthy && $0.hasRoom } && store.hasRoom(forTenantOf: job)
    }

    private var claimedAt: Moment { now - 2 * store.lease }

    /// No worker of the daemon works for the job any more.
    func stopped(_ job: JobID, on daemon: Int) { atWork[job]?.remove(daemon) }

    func verdict(on job: JobID) -> GivingUp? {
        switch scripts[job] {
        case .bad: return .failed("the book is bad")
        case .flaky(let left) where left > 0:
            scripts[job] = .flaky(left: left - 1)
            return .retry("an error that may pass")
        default: return areBlobsAway ? .postponed("the blob store is away") : nil
        }
    }

    func drained(_ daemon: SimulatedDaemon) {
        turns.restarted(daemon.number)
        at(now + pick(500...5000)) { daemon.start() }
    }

    // MARK: History

    /// Simulates days of 24 hours.
    func run(days: Int) {
        for day in 0..<days {
            for episode in 0..<3 {
                now = max(now, (day * 24 + episode * 8) * 3_600_000)
                self.episode()
                if violations.count > 20 { return }
            }
        }
        now = max(now, days * 24 * 3_600_000)
    }

    private func episode() {
        (isDisturbed, hasKilled, areBlobsAway, isShort, lastFault) = (false, false, false, false, now)
        for daemon in daemons {
            if daemon.isAlive { daemon.run() } else { daemon.start() }
        }
        for _ in 0..<pick(1...4) { at(now + pick(0...60_000)) { [self] in submit() } }
        let faults = pick(0...3)
        for _ in 0..<faults { at(now + pick(1000...180_000)) { [self] in fault() } }
        let start = now
        while let (moment, action) = timeline.next() {
            now = moment
            events += 1
            action()
            let isQuiet = now > start + 185_000 && now > lastFault && daemons.allSatisfy(\.isIdle)
            if isQuiet, store.isDone, atWork.values.allSatisfy(\.isEmpty) { break }
            if now > lastFault + 7_200_000 {
                violated(
                    "two hours after the last fault not all is done: \(store.jobs.values.filter { !$0.status.isTerminal })"
                )
                break
            }
        }
        timeline.removeAll()
        judge()
        store.clear()
        (scripts, atWork, deaths, lastKill) = ([:], [:], [:], [:])
        (waitingForRoom, roomSince) = ([], [:])
    }

    private func submit() {
        let tenant = TenantID(high: 9, low: UInt64(pick(1...3)))
        for job in store.submit(tenant, Array(Platform.allCases.prefix(pick(1...5))), at: now) {
            jobs += 1
            switch pick(1...100) {
            case 1...3:
                scripts[job] = .bad
                count(.badBook)
            case 4...8:
                scripts[job] = .flaky(left: pick(1...9))
                count(.flakyBook)
            default: scripts[job] = .good
            }
            guard chance(4) else { continue }
            at(now + pick(0...60_000)) { [self] in
                count(.cancelled)
                store.cancel(job)
                notify()
            }
        }
        notify()
    }

    private func fault() {
        let daemon = daemons[pick(0...2)]
        let length = pick(500...60_000)
        switch pick(1...9) {
        case 1...2: kill(daemon)
        case 3 where daemon.isAlive:
            count(.drained)
            disturb(for: 20_000)
            daemon.drain()
        case 4:
            count(.frozen)
            disturb(for: length)
            daemon.frozenUntil = now + length
        case 5:
            count(.databaseAway)
            disturb(for: length)
            for daemon in daemons { daemon.cutUntil = now + length }
        case 6:
            count(.daemonCutOff)
            disturb(for: length)
            daemon.cutUntil = now + length
        case 7:
            disturb(for: length)
            daemon.deafUntil = now + length
        case 8:
            count(.blobsAway)
            disturb(for: length)
            areBlobsAway = true
            at(now + length) { [self] in areBlobsAway = false }
        default:
            // Minutes of it would fail every job if a shortage counted.
            disturb(for: 20 * length)
            isShort = true
            at(now + 20 * length) { [self] in isShort = false }
        }
    }

    private func disturb(for length: Moment) {
        isDisturbed = true
        lastFault = max(lastFault, now + length)
    }

    private func kill(_ daemon: SimulatedDaemon) {
        guard daemon.isAlive else { return }
        count(.killed)
        // A second death may take the daemon that took over, or the answer to its claim.
        if hasKilled { isDisturbed = true }
        hasKilled = true
        lastFault = max(lastFault, now + 30_000)
        for job in store.jobs.values where job.isRunning && job.owner == daemon.instance {
            deaths[job.id, default: 0] += 1
            if deaths[job.id] == 1, job.crashes == 0, !job.isCancelRequested { lastKill[job.id] = now }
        }
        // The promise holds where a daemon and the tenant have room when the lease has run out.
        at(now + store.lease + 1000) { [self] in
            if !daemons.contains(where: { $0.isHealthy && $0.hasRoom }) { lastKill = [:] }
            lastKill = lastKill.filter { store.hasRoom(forTenantOf: $0.key) }
        }
        daemon.kill()
        turns.restarted(daemon.number)
        at(now + pick(20_000...30_000)) { daemon.start() }
    }

    /// Every job has come to the end that its script says, whatever happened meanwhile.
    private func judge() {
        for job in store.jobs.values where job.status.isTerminal {
            switch (job.status, scripts[job.id]) {
            case (.cancelled, _) where job.isCancelRequested && job.packages == 0: break
            case (.completed, .good), (.completed, .flaky):
                if job.packages != 1 { violated("\(job) has no one package") }
            case (.failed, .bad): break
            case (.failed, .flaky) where job.failures == 8: break
            case (.failed, _) where job.crashes == 4 && deaths[job.id, default: 0] >= 4: break
            default: violated("\(job) ended so, and \(deaths[job.id, default: 0]) daemons died with it")
            }
        }
    }
}
