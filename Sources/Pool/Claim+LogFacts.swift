import Model
import Store

extension Claim {
    /// What the lines say that are about this try of the job.
    var logFacts: [String: String] {
        [
            "tenant": tenant.description, "project": project.description, "batch": batch.description,
            "job": job.description, "platform": platform.rawValue, "attempt": "\(attempt)",
        ]
    }
}

extension [Claim] {
    /// What the lines say that are about work which several jobs of a batch share.
    var logFacts: [String: String] {
        guard count > 1, var facts = first?.logFacts else { return first?.logFacts ?? [:] }
        for key in ["job", "platform", "attempt"] { facts[key] = nil }
        facts["jobs"] = map(\.job.description).joined(separator: ",")
        return facts
    }
}
