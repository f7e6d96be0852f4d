import Model

extension Claim {
    /// The facts that are added to log lines about this attempt at the job.
    var logFacts: [String: String] {
        [
            "tenant": tenant.description, "project": project.description, "batch": batch.description,
            "job": job.description, "platform": platform.rawValue, "attempt": "\(attempt)",
        ]
    }
}

extension ClaimedBatch {
    /// The facts that are added to log lines about work that the jobs of the batch share.
    var logFacts: [String: String] {
        if claims.count == 1, let only = claims.first { return only.logFacts }
        return [
            "tenant": tenant.description, "project": project.description, "batch": id.description,
            "jobs": claims.map(\.job.description).joined(separator: ","),
        ]
    }
}
