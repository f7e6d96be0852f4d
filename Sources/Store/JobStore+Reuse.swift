public import Model
internal import Postgres

extension JobStore {
    /// Ends a try with a package that is there already: made by the same recipe for the same platform. A temporary
    /// package is kept for 24 hours from now.
    ///
    /// Like ``finish(_:_:)`` it is to be made again if its answer is lost.
    ///
    /// - Returns: ``FinishOutcome/objectGone`` if there is no such package any more.
    public func finish(_ claim: Claim, with package: PackageID) async throws(PackagingError) -> FinishOutcome {
        let (outcome, id, version) = try await wrapped {
            let rows = try await client.query(
                """
                SELECT outcome, package_id, version_number
                FROM packaging.finish_with(\(claim.tenant), \(claim.job), \(claim.epoch.value), \(package))
                """,
                as: claim.tenant
            )
            // A job that ended with a package which was deleted since has nothing to tell.
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
