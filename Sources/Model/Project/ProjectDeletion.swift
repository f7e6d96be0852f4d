/// The result of a request to delete a project. Unless it is ``deleted(packages:bytesFreed:)``, nothing has changed.
package enum ProjectDeletion: Sendable, Hashable {
    /// A job of a project that is not done.
    package struct LiveJob: Sendable, Hashable {
        /// The job.
        package var id: JobID
        /// The platform it packages for.
        package var platform: Platform

        /// The job `id` for `platform`.
        package init(id: JobID, platform: Platform) {
            self.id = id
            self.platform = platform
        }
    }

    /// The project was deleted, with this number of packages. The bytes are those that no row refers to any more.
    case deleted(packages: Int, bytesFreed: Int64)
    /// The project still has jobs that are not done: these.
    case liveJobs([LiveJob])
    /// The tenant has no such project.
    case notFound
}
