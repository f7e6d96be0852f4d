package import Model

/// The work for one job. It is implemented by the code that knows how packages are made.
package protocol JobWork: Sendable {
    /// The job's progress now. Called from any task.
    var progress: JobProgress { get }
    /// Makes the package and stores its bytes. Cancelling the task stops it.
    func carryOut(_ attempt: Attempt) async throws -> JobProduct
    /// Deletes the bytes that ``carryOut(_:)`` stored, because no row will name them.
    func deletePackage() async throws
}

/// The result of the work on a job.
package enum JobProduct: Sendable {
    /// A package that was made.
    case made(NewPackage)
    /// An existing package with the same recipe and platform.
    case there(PackageID)
}
