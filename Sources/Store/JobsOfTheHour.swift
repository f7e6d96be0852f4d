import Model

/// The jobs that a tenant has started within an hour, and those that it asks for, which are too many: what
/// `create_batch` answers.
struct JobsOfTheHour: Decodable {
    /// The tenant's name.
    let tenant: String
    /// The jobs that its plan allows within an hour.
    let limit: Int
    /// The jobs that it started within the last hour.
    let started: Int
    /// The jobs that it asks for.
    let asked: Int

    /// The error for the caller.
    ///
    /// - Parameter freeAt: When all of the jobs can be started; nil if there are more than the plan ever allows.
    func error(freeAt: Instant?, now: Instant?) -> PackagingError {
        let may = "tenant \"\(tenant)\" may start \(Self.jobs(limit)) an hour"
        let raise = "raise the limit with \"packctl tenant set\""
        var error = PackagingError(
            .resourceExhausted,
            "cannot start \(Self.jobs(asked)): \(may)",
            reason: "JOBS_PER_HOUR",
            metadata: ["tenant": tenant, "limit": "\(limit)", "used": "\(started)", "asked": "\(asked)"]
        )
        guard let freeAt else {
            error.detail = "A request for \(Self.jobs(asked)) is more than the plan ever allows at once."
            error.hint =
                limit == 0
                ? "Ask the operator to \(raise)."
                : "Ask for fewer platforms at once (\"--platform\"), or ask the operator to \(raise)."
            return error
        }
        error.message += " and has started \(started)"
        error.detail = "\(asked == 1 ? "The job" : "All \(asked)") can be started from \(freeAt.minute) UTC."
        error.hint =
            limit > started
            ? "Start \(limit - started == 1 ? "one" : "\(limit - started)") of them now (\"--platform\"), or try again then."
            : "Try again then, or ask the operator to \(raise)."
        error.metadata["availableAt"] = freeAt.description
        error.retryAfter = now.map { freeAt - $0 }
        return error
    }

    private static func jobs(_ count: Int) -> String {
        switch count {
        case 0: "no jobs"
        case 1: "1 job"
        default: "\(count) jobs"
        }
    }
}
