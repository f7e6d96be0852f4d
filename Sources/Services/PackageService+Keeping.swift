import Blobs
package import Model
import Store

/// The result of archiving a package.
package struct ArchivedPackage: Sendable, Hashable {
    /// The package.
    package var id: PackageID
    /// The time when it will be deleted.
    package var expiresAt: Instant
    /// What was done, in words.
    package var message: String
}

extension PackageService {
    /// How many days an archived package may be kept.
    package static let retention = StoreLimits.retentionDays
    /// How often the database is asked to archive the package. The first answer may ask for a copy, and the second call
    /// uses it. If the bytes moved meanwhile, or the copy took too long, one call is left before the caller gets
    /// `unavailable`.
    private static let tries = 3

    /// Keeps a package for longer than the temporary tier does.
    ///
    /// The blob is copied before the row changes, so after a failure the temporary package is as it was. Archiving an
    /// archived package restarts its retention.
    ///
    /// - Parameter days: Days to keep it, 7 through 90; the tenant's plan decides when 0.
    /// - Throws: ``PackagingError`` with code `invalidArgument`; `notFound` if the tenant has no such package;
    ///   `resourceExhausted` (reason `VERSION_LIMIT`) if the plan allows no more versions and drops none; `dataLoss`
    ///   (reason `PACKAGE_DAMAGED`) if the bytes are not those that were packaged.
    package func archive(
        _ reference: String,
        days: Int32,
        tenant: TenantID
    ) async throws(PackagingError) -> ArchivedPackage {
        guard days == 0 || Self.retention.contains(Int(days)) else {
            throw .invalid(
                "retention_days",
                "is \(days), and not 7 through 90",
                hint: "Leave it out, or 0, to keep the package as long as the plan says."
            )
        }
        guard let id = PackageID(reference) else { throw .noPackage(reference) }
        let days = days == 0 ? nil : Int(days)
        var copy: ArchiveCopy?
        for _ in 0..<Self.tries {
            switch try await packages.archive(id, days: days, with: copy, tenant: tenant) {
            case .archived(let expiresAt, let days, let dropped, let limit):
                var message = "Package archived. Will be deleted after \(days) days."
                if !dropped.isEmpty {
                    let were = dropped.count == 1 ? "was" : "were"
                    message += " \(Self.versions(dropped)) \(were) deleted, as the plan keeps \(limit)."
                }
                return ArchivedPackage(id: id, expiresAt: expiresAt, message: message)
            case .copyNeeded(let wanted):
                copy = try await self.copy(wanted, of: id) ? wanted : nil
            case .notFound:
                throw .noPackage(reference)
            case .versionLimit(let platform, let archived, let limit):
                throw .versionLimit(id, platform, archived, limit)
            case .tooLate:
                copy = nil
            }
        }
        throw PackagingError(
            .unavailable,
            "could not archive package \"\(id)\": its bytes moved while they were copied"
        )
    }

    /// Copies the bytes of a package, and checks that the copy has the package's size and hash.
    ///
    /// - Returns: False if the bytes are not at the expected location, because the package was archived or is gone.
    private func copy(_ copy: ArchiveCopy, of package: PackageID) async throws(PackagingError) -> Bool {
        let copied: CopiedBlob
        do throws(BlobError) {
            copied = try await blobs.copy(copy.source, to: copy.target)
        } catch {
            if error.kind == .notFound { return false }
            throw error.packagingError
        }
        guard copied.size == copy.bytes, copied.digest == nil || copied.digest == copy.sha256 else {
            // The place of the copy was announced and will not be used, so the cleaner removes the bytes there in time.
            throw PackagingError(
                .dataLoss,
                "cannot archive package \"\(package)\": its bytes in the blob store are not those that were packaged",
                reason: "PACKAGE_DAMAGED",
                hint: "Package the book again."
            )
        }
        return true
    }

    /// Deletes a package. If no other package shares its bytes, the bytes are deleted too.
    ///
    /// - Returns: The number of bytes that were freed; zero while another package has them.
    /// - Throws: ``PackagingError`` with code `notFound` if the tenant has no such package.
    package func delete(_ reference: String, tenant: TenantID) async throws(PackagingError) -> Int64 {
        guard let id = PackageID(reference), let freed = try await packages.delete(id, tenant: tenant) else {
            throw .noPackage(reference)
        }
        return freed
    }

    /// Such as `Version 3`, or `Versions 3, 4 and 7`.
    fileprivate static func versions(_ numbers: [Int]) -> String {
        let words = numbers.map(String.init)
        guard words.count > 1, let last = words.last else { return "Version \(words.first ?? "")" }
        return "Versions \(words.dropLast().joined(separator: ", ")) and \(last)"
    }
}

extension PackagingError {
    fileprivate static func versionLimit(
        _ package: PackageID,
        _ platform: Platform,
        _ archived: [Int],
        _ limit: Int
    ) -> Self {
        let name = platform.rawValue
        let archives = archived.count == 1 ? "1 version is" : "\(archived.count) versions are"
        return Self(
            .resourceExhausted,
            "cannot archive package \"\(package)\": \(archives) archived for \"\(name)\", and the plan keeps \(limit)",
            reason: "VERSION_LIMIT",
            detail: "\(PackageService.versions(archived)) of the book \(archived.count == 1 ? "is" : "are") archived.",
            hint:
                "Delete one with \"packctl delete PACKAGE\" (\"packctl packages PROJECT\" lists them), or ask the operator to "
                + "raise the limit with \"packctl tenant set\".",
            metadata: [
                "platform": name, "archivedVersions": archived.map(String.init).joined(separator: ","),
                "limit": "\(limit)",
            ]
        )
    }
}
