public import Model
import Store

/// What the deletion of a project came to.
public struct DeletedProject: Sendable, Hashable {
    /// Packages that went with it.
    public var packages: Int
    /// Bytes of packages, cover and audio that are free again.
    public var bytesFreed: Int64
}

extension ProjectService {
    /// Deletes a project with all its bytes.
    ///
    /// Jobs that are not done are not cancelled for it: what they have done so far may be hours of work, and whoever
    /// deletes by mistake is told so instead.
    ///
    /// - Throws: ``PackagingError`` with code `notFound` if the tenant has no such project, `failedPrecondition` (reason
    ///   `JOBS_LIVE`) if jobs of it are not done.
    public func delete(_ reference: String, tenant: TenantID) async throws(PackagingError) -> DeletedProject {
        guard let id = try await projects.id(of: reference, tenant: tenant) else { throw .noProject(reference) }
        switch try await projects.delete(id, tenant: tenant) {
        case .deleted(let packages, let bytesFreed):
            return DeletedProject(packages: packages, bytesFreed: bytesFreed)
        case .notFound:
            throw .noProject(reference)
        case .liveJobs(let jobs):
            throw .jobsLive(reference, jobs)
        }
    }
}

extension PackagingError {
    fileprivate static func jobsLive(_ project: String, _ jobs: [ProjectDeletion.LiveJob]) -> Self {
        let (number, verb) = jobs.count == 1 ? ("1 of its jobs", "is") : ("\(jobs.count) of its jobs", "are")
        let names = jobs.map { "\($0.id) (\($0.platform.rawValue))" }
        return Self(
            .failedPrecondition,
            "cannot delete project \"\(project.prefix(80))\": \(number) \(verb) not done",
            reason: "JOBS_LIVE",
            detail: "Not done: \(names.joined(separator: ", ")).",
            hint: "Wait for their end, or stop each with \"packctl cancel JOB\".",
            metadata: ["jobs": jobs.map(\.id.description).joined(separator: ",")]
        )
    }
}
