package import Model
import Store

/// The result of deleting a project.
package struct DeletedProject: Sendable, Hashable {
    /// The number of packages that were deleted with it.
    package var packages: Int
    /// The bytes of packages, cover and audio that were freed.
    package var bytesFreed: Int64
}

extension ProjectService {
    /// Deletes a project. Its bytes no longer count, and the cleaner removes them afterwards.
    ///
    /// Jobs that are not done are not cancelled. They may hold hours of work, so a caller that deletes the project by
    /// mistake is refused instead.
    ///
    /// - Throws: ``PackagingError`` with code `notFound` if the tenant has no such project, `failedPrecondition`
    ///   (reason `JOBS_LIVE`) if some of its jobs are not done.
    package func delete(_ reference: String, tenant: TenantID) async throws(PackagingError) -> DeletedProject {
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
