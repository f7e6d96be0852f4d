import Concurrency
import Model

/// Lets jobs of one batch store their bytes once if their packages are identical.
///
/// Each job waits for the nearest earlier job, in the order of platforms, that has the same recipe. So the first of
/// them uploads, and if it fails, the next one does.
struct PackageSharing: Sendable {
    private let outcomes: [Platform: Deferred<PackageID?>]

    /// Sharing among the jobs of `platforms`.
    init(_ platforms: [Platform]) {
        outcomes = Dictionary(uniqueKeysWithValues: platforms.map { ($0, Deferred()) })
    }

    /// Waits until it is known whether an earlier job has finished an identical package, and returns that package.
    /// Returns nil if the job of `platform` must make its own.
    ///
    /// - Parameter recipes: The recipe digest of each package of the batch.
    /// - Throws: `CancellationError` when the waiting task is cancelled.
    func package(for platform: Platform, recipes: [Platform: Digest]) async throws -> PackageID? {
        guard let recipe = recipes[platform] else { return nil }
        let others = outcomes.filter { $0.key < platform && recipes[$0.key] == recipe }
        guard let nearest = others.max(by: { $0.key < $1.key }) else { return nil }
        return try await nearest.value.value
    }

    /// The job of `platform` has ended here, with a package or without.
    func ended(_ platform: Platform, with package: PackageID?) {
        outcomes[platform]?.settle(.success(package))
    }
}
