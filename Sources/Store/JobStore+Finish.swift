package import Model
internal import Postgres

extension JobStore {
    /// Ends an attempt with a package: object, package, version, quota, job and event are all written, or none of them.
    ///
    /// If the call fails with code `unavailable`, the caller makes it again: an attempt that had finished gets the same
    /// answer. Until then the object must not be deleted, because with reason
    /// ``Model/PackagingError/outcomeUnknown`` the package may have been recorded.
    package func finish(_ claim: Claim, _ package: NewPackage) async throws(PackagingError) -> FinishOutcome {
        let document = try StoreJSON.encode(PackageDocument(package))
        let (outcome, id, version, used, limit) = try await wrapped {
            let finish: SQL = """
                SELECT outcome, package_id, version_number, used_bytes, quota_bytes
                FROM packaging.finish(\(claim.tenant), \(claim.job), \(claim.epoch.value), \(document))
                """
            // If the attempt does not finish, its object does not exist, so this statement inserts nothing.
            let remember = PackageStore.insert(package.chapters, at: claim.location, claim.tenant)
            let rows = try await client.transaction([finish, remember], as: claim.tenant)
            guard let row = rows[0].first else { throw PackagingError.unexpected("", from: "finish") }
            return (
                try row.decode(String.self, "outcome"), try row.decode(PackageID?.self, "package_id"),
                try row.decode(Int32?.self, "version_number"), try row.decode(Int64.self, "used_bytes"),
                try row.decode(Int64.self, "quota_bytes")
            )
        }
        switch (outcome, id, version) {
        case ("finished", let id?, let version?): return .finished(package: id, version: Int(version))
        case ("not_yours", _, _): return .notYours
        case ("cancelled", _, _): return .cancelRequested
        case ("quota_exceeded", _, _):
            guard case .stored(let needed, _) = package.content else { throw .unexpected(outcome, from: "finish") }
            return .quotaExceeded(needed: needed, used: used, limit: limit)
        case ("object_gone", _, _): return .objectGone
        default: throw .unexpected(outcome, from: "finish")
        }
    }

    /// Ends an attempt without a package. A job that was asked to stop is cancelled, however the attempt ended.
    ///
    /// - Returns: The job's status afterwards; nil if the job belongs to another attempt, or if `how` is
    ///   ``GivingUp/cancelled`` and nobody asked for the job to stop.
    package func giveUp(_ claim: Claim, _ how: GivingUp) async throws(PackagingError) -> JobStatus? {
        let (word, message, reason): (String, String?, String) =
            switch how {
            case .failed(let message, let reason): ("failed", message, reason)
            case .retry(let message, let reason): ("retry", message, reason)
            case .returned: ("returned", nil, "")
            case .postponed(let message): ("postponed", message, "")
            case .cancelled: ("cancelled", nil, "")
            }
        return try await wrapped {
            try await queue.query(
                """
                SELECT packaging.give_up(
                    \(claim.tenant), \(claim.job), \(claim.epoch.value), \(word), \(message as String?),
                    \(reason)
                ) AS status
                """,
                as: claim.tenant
            ).first?.decode(JobStatus?.self, "status") ?? nil
        }
    }

    /// Gives back a job that this daemon can do nothing for now, at no cost. If the lease ran out meanwhile and the job
    /// was taken back, the loss of this daemon is undone, because the daemon lives.
    ///
    /// - Returns: Whether the job is queued again, or may be claimed earlier than before.
    package func giveBack(_ claim: Claim) async throws(PackagingError) -> Bool {
        if let status = try await giveUp(claim, .returned) { return status == .queued }
        return try await wrapped {
            try await queue.query(
                "SELECT packaging.undo_loss(\(claim.tenant), \(claim.job), \(claim.epoch.value)) AS undone",
                as: claim.tenant
            ).first?.decode(Bool.self, "undone") ?? false
        }
    }
}

/// A package in the form that `finish` reads.
private struct PackageDocument: Encodable {
    let package_format: PackageFormat
    let file_name: String
    let duration_samples: Int64
    let audio_spec: AudioSpec
    var size_bytes: Int64?
    var sha256: Digest?
    var same_as_package_id: PackageID?
    let validation_results: ValidationReport?

    init(_ package: NewPackage) {
        package_format = package.format
        file_name = package.fileName
        duration_samples = package.durationSamples
        audio_spec = package.audioSpec
        switch package.content {
        case .stored(let bytes, let digest): (size_bytes, sha256) = (bytes, digest)
        case .shared(let other): same_as_package_id = other
        }
        validation_results = package.validation
    }
}
