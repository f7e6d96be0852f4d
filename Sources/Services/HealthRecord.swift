import Model

/// What was found out about the things a daemon cannot work without, and what follows from it. Does no I/O and reads no
/// clock: time is counted in ticks.
struct HealthRecord {
    /// The reason before everything was looked at once.
    static let starting = "SERVER_STARTING"
    /// The reason from the order to stop on.
    static let stopping = PackagingError.serverStopping

    /// One thing that is looked at again and again.
    private struct Entry {
        /// Nil if all was well.
        var problem: PackagingError?
        /// Ticks since the last look ended.
        var age = 0
        /// The reason told where the problem has none of its own.
        let reason: String
    }

    /// Ticks after which a look that has not ended counts as a problem of its own.
    private let patience: Int
    private var entries: [Entry]
    private var isStopping = false

    /// - Parameters:
    ///   - reasons: One for each thing, the most important first.
    ///   - patience: Ticks without a result after which a thing counts as hanging.
    init(reasons: [String], patience: Int) {
        self.patience = patience
        entries = reasons.map { reason in
            Entry(
                problem: PackagingError(.unavailable, "the daemon is starting", reason: Self.starting),
                reason: reason
            )
        }
    }

    /// Why no work is taken; nil if it is.
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

    /// A look at the thing with this index has ended.
    mutating func looked(at index: Int, found problem: PackagingError?) {
        entries[index].age = 0
        guard var problem else { return entries[index].problem = nil }
        if problem.reason.isEmpty { problem.reason = entries[index].reason }
        if problem.hint == nil { problem.hint = Self.usualHint }
        entries[index].problem = problem
    }

    /// Time passes.
    mutating func tick() {
        for index in entries.indices { entries[index].age += 1 }
    }

    /// From now on the daemon takes no work, whatever else is found.
    mutating func beginStopping() { isStopping = true }
}
