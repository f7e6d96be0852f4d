internal import Synchronization

/// The times that follow from the length of the lease: how soon a daemon that is cut off from its database notices it,
/// stops its work and says so, and how soon another daemon looks for its jobs.
package struct LeaseTimes: Sendable, Hashable {
    /// How long a claim or a beat holds a job.
    package let lease: Duration

    /// The times for leases of this length.
    package init(lease: Duration) { self.lease = lease }

    /// How long after the last accepted beat was *sent* the job may still be worked on, by the clock of this machine.
    /// The lease itself begins later, when the database received the beat. The last third of it is for the end of the
    /// worker processes.
    var trust: Duration { lease * 2 / 3 }

    /// A beat is sent at least this often.
    var beatInterval: Duration { lease / 4 }
    /// How long a beat may take before it is sent again on another connection: at least three beats are sent, and have
    /// their time, before the trust ends.
    var beatLimit: Duration { min(lease / 8, .seconds(5)) }
    /// How often the progress of jobs is looked at.
    var tick: Duration { min(.seconds(1), lease / 12) }

    /// The time between two looks at the database, and how long a look may take. Together they are less than a third of
    /// the lease, within which a daemon without a database says that it does not serve.
    package var probeInterval: Duration { min(.seconds(2), lease / 9) }
    /// How long a look at the database may take.
    package var probeLimit: Duration { min(lease / 6, .seconds(5)) }

    /// The time between two searches for leases that ran out.
    package var sweepInterval: Duration { min(.milliseconds(800), lease / 4) }
    /// How long a search may take.
    package var sweepLimit: Duration { min(lease / 4, .seconds(5)) }
}

/// The length of a lease, as the database had it last. An operator may change it while daemons run.
package final class CurrentLease: Sendable {
    private let lease: Mutex<Duration>

    /// A lease of this length.
    package init(_ lease: Duration) { self.lease = Mutex(lease) }

    /// The times that follow from the lease now.
    package var times: LeaseTimes { LeaseTimes(lease: lease.withLock { $0 }) }

    /// The database has this length now.
    func set(_ lease: Duration) { self.lease.withLock { $0 = lease } }
}
