import Model

/// Records the results of checks of the things that a daemon cannot work without, and derives whether the daemon takes
/// work. Does no I/O and reads no clock: time is counted in ticks.
struct HealthRecord {
    /// The reason that is given until everything has been checked once.
    static let starting = "SERVER_STARTING"
    /// The reason that is given once the daemon was told to stop.
    static let stopping = PackagingError.serverStopping

    /// One thing that is checked again and again.
    private struct Entry {
        /// Nil if all was well.
        var problem: PackagingError?
        /// Ticks since the last check ended.
        var age = 0
        /// The reason that is given if the problem has no reason of its own.
        let reason: String
    }

    /// If no check of a thing has ended for more than this number of ticks, that counts as a problem of its own.
    private let patience: Int
    private var entries: [Entry]
    private var isStopping = false

    /// - Parameters:
    ///   - reasons: One reason for each thing, the most important first.
    ///   - patience: If no check of a thing has ended for more than this number of ticks, the check counts as hanging.
    init(reasons: [String], patience: Int) {
        self.patience = patience
        entries = reasons.map { reason in
            Entry(
                problem: PackagingError(.unavailable, "the daemon is starting", reason: Self.starting),
                reason: reason
            )
        }
    }

    /// Why the daemon takes no work; nil if it takes work.
    var problem: PackagingError? {
        if isStopping {
            return PackagingError(
                .unavailable,
                "the daemon is stopping",
                reason: Self.stopping,
                hint: "Ask another one, or this one when it is back."
            )
        }
        for entry in entries {
            if entry.age > patience {
                return PackagingError(
                    .unavailable,
                    "a check of the daemon's own does not end",
                    reason: entry.reason,
                    hint: Self.usualHint
                )
            }
            if let problem = entry.problem { return problem }
        }
        return nil
    }

    private static let usualHint = "It serves again by itself once this is over; \"packagingd doctor\" looks closer."

    /// A check of the thing with this index has ended.
    mutating func looked(at index: Int, found problem: PackagingError?) {
        entries[index].age = 0
        guard var problem else { return entries[index].problem = nil }
        if problem.reason.isEmpty { problem.reason = entries[index].reason }
        if problem.hint == nil { problem.hint = Self.usualHint }
        entries[index].problem = problem
    }

    /// One tick has passed.
    mutating func tick() {
        for index in entries.indices { entries[index].age += 1 }
    }

    /// From now on the daemon takes no work, whatever the checks find.
    mutating func beginStopping() { isStopping = true }
}
