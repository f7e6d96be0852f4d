import Concurrency
import Model

/// Lets jobs of one batch whose packages are the same to the byte store them once.
///
/// Each job waits for the one before it that has its recipe, in the order of platforms: so one uploads, and if it fails, the
/// next does.
struct PackageSharing: Sendable {
    private let outcomes: [Platform: Deferred<PackageID?>]

    /// For the jobs of `platforms`.
    init(_ platforms: [Platform]) {
        outcomes = Dictionary(uniqueKeysWithValues: platforms.map { ($0, Deferred()) })
    }

    /// A finished package that equals the one of `platform`, once it is known whether there is one; nil if the job makes
    /// its own.
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
