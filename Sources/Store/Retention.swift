package import Model

/// For how many days rows about the past are kept.
package struct Retention: Sendable, Hashable {
    /// What is to be different; nil leaves a number as it is.
    package struct Change: Sendable, Hashable {
        /// Days for ended jobs and for the answers to requests.
        package var jobs: Int?
        /// Days for the events of ended jobs.
        package var events: Int?
        /// Days for the rows about bytes that were deleted.
        package var deleted: Int?
        /// Days for the entries of the audit.
        package var audit: Int?

        /// A change of these numbers.
        package init(jobs: Int? = nil, events: Int? = nil, deleted: Int? = nil, audit: Int? = nil) {
            self.jobs = jobs
            self.events = events
            self.deleted = deleted
            self.audit = audit
        }
    }

    /// How many days are possible.
    ///
    /// A day is the least, because the limit of jobs in an hour counts the rows of ended jobs, and what an attempt left
    /// is searched for until 24 hours after its end.
    package static let bounds = 1...3650

    /// Days for ended jobs, from their end, and for the answers to requests, from the answer.
    package var jobs = 30
    /// Days for the events of ended jobs, from the end of the job. No more than ``jobs``.
    package var events = 7
    /// Days for the rows about bytes that were deleted.
    package var deleted = 7
    /// Days for the entries of the audit.
    package var audit = 400

    /// The days of a new database.
    package init() {}

    /// These days after a change.
    ///
    /// - Throws: ``PackagingError`` with code `invalidArgument` if a number is out of bounds, or if events would be kept
    ///   for longer than the jobs that they belong to.
    package func changed(by change: Change) throws(PackagingError) -> Retention {
        var new = self
        new.jobs = change.jobs ?? jobs
        new.events = change.events ?? events
        new.deleted = change.deleted ?? deleted
        new.audit = change.audit ?? audit
        for (what, days) in [
            ("jobs", new.jobs), ("events", new.events), ("deleted bytes' rows", new.deleted), ("the audit", new.audit),
        ]
        where !Self.bounds.contains(days) {
            throw PackagingError(
                .invalidArgument,
                "keeping \(what) for \(days) days is not possible: "
                    + "\(Self.bounds.lowerBound) to \(Self.bounds.upperBound) days are"
            )
        }
        guard new.events <= new.jobs else {
            throw PackagingError(
                .invalidArgument,
                "events cannot be kept for \(new.events) days when their jobs are kept for \(new.jobs)",
                hint: "Set both, or keep events for fewer days."
            )
        }
        return new
    }
}
