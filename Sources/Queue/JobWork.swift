package import Model

/// What is done for one job, by whoever knows how packages are made.
package protocol JobWork: Sendable {
    /// What the job says of itself now. Called from any task.
    var progress: JobProgress { get }
    /// Makes the package and stores its bytes. Cancelling the task stops it.
    func carryOut(_ attempt: Attempt) async throws -> JobProduct
    /// Deletes the bytes that ``carryOut(_:)`` stored, for no row will name them.
    func deletePackage() async throws
}

/// What the work on a job came to.
package enum JobProduct: Sendable {
    /// A package that was made.
    case made(NewPackage)
    /// A package of the same recipe and platform that was there already.
    case there(PackageID)
}
