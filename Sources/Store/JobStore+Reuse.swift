package import Model
internal import Postgres

extension JobStore {
    /// Ends an attempt with an existing package that was made with the same recipe for the same platform. A temporary
    /// package is kept for 24 hours from now.
    ///
    /// Like ``finish(_:_:)``, this call is made again if its answer is lost.
    ///
    /// - Returns: ``FinishOutcome/objectGone`` if the package does not exist any more.
    package func finish(_ claim: Claim, with package: PackageID) async throws(PackagingError) -> FinishOutcome {
        let (outcome, id, version) = try await wrapped {
            let rows = try await client.query(
                """
                SELECT outcome, package_id, version_number
                FROM packaging.finish_with(\(claim.tenant), \(claim.job), \(claim.epoch.value), \(package))
                """,
                as: claim.tenant
            )
            // There is no row if the job ended with a package that was deleted since.
            guard let row = rows.first else { return ("not_yours", nil as PackageID?, nil as Int32?) }
            return (
                try row.decode(String.self, "outcome"), try row.decode(PackageID?.self, "package_id"),
                try row.decode(Int32?.self, "version_number")
            )
        }
        switch (outcome, id, version) {
        case ("finished", let id?, let version?): return .finished(package: id, version: Int(version))
        case ("not_yours", _, _): return .notYours
        case ("cancelled", _, _): return .cancelRequested
        case ("gone", _, _): return .objectGone
        default: throw .unexpected(outcome, from: "finish_with")
        }
    }
}
