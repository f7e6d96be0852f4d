package import Model
internal import Postgres

extension PackageStore {
    /// Deletes a package. Its bytes are given up if no other package shares them.
    ///
    /// - Returns: The number of bytes that were given up, zero if another package has them; nil if the tenant has no
    ///   such package.
    package func delete(_ package: PackageID, tenant: TenantID) async throws(PackagingError) -> Int64? {
        try await wrapped {
            let rows = try await client.query(
                """
                SELECT deleted, bytes_freed FROM packaging.delete_packages(\(tenant), ARRAY(
                    SELECT id FROM packaging.packages
                    WHERE tenant_id = \(tenant) AND id = \(package) AND expires_at > packaging.now()
                ))
                """,
                as: tenant
            )
            guard let row = rows.first, try row.decode(Int32.self, "deleted") > 0 else { return nil }
            return try row.decode("bytes_freed")
        }
    }

    // MARK: Cleaning

    /// Expired packages of all tenants, at most `limit`.
    package func expired(limit: Int = 500) async throws(PackagingError) -> [ExpiredPackages] {
        try await wrapped {
            let rows = try await client.query(
                """
                SELECT tenant_id, array_agg(package_id) AS packages
                FROM packaging.expired_packages(\(limit)::integer) GROUP BY tenant_id
                """
            )
            return try rows.map { row in
                ExpiredPackages(tenant: try row.decode("tenant_id"), packages: try row.decode("packages"))
            }
        }
    }

    /// Deletes those of the packages that have expired by now. Does nothing this time if the tenant's packages are
    /// being changed by something else.
    ///
    /// - Returns: The number of packages that were deleted.
    package func expire(_ expired: ExpiredPackages) async throws(PackagingError) -> Int {
        try await wrapped {
            let rows = try await client.query(
                "SELECT deleted FROM packaging.expire_packages(\(expired.tenant), \(expired.packages))",
                as: expired.tenant
            )
            return try rows.first.map { Int(try $0.decode(Int32.self, "deleted")) } ?? 0
        }
    }

    /// Takes on locations of all tenants that have to be emptied, at most `limit`: bytes of deleted packages, copies
    /// that were made for an archive and not used, audio and covers that no row names any more, and what attempts of
    /// deleted projects may have left. A location that is not reported with ``finish(_:)`` is given out again after
    /// five minutes.
    package func claimRemovals(limit: Int = 100) async throws(PackagingError) -> [BlobRemoval] {
        try await wrapped {
            try await client.query(
                "SELECT tenant_id, blob_container, blob_path FROM packaging.claim_removals(\(limit)::integer)"
            ).map { row in
                BlobRemoval(
                    tenant: try row.decode("tenant_id"),
                    location: BlobLocation(
                        container: try row.decode("blob_container"),
                        path: try row.decode("blob_path")
                    )
                )
            }
        }
    }

    /// Records that the location was emptied. A location that has to be emptied twice is due again in 24 hours.
    package func finish(_ removal: BlobRemoval) async throws(PackagingError) {
        try await wrapped {
            _ = try await client.query(
                """
                SELECT packaging.finish_removal(
                    \(removal.tenant), \(removal.location.container), \(removal.location.path)
                )
                """,
                as: removal.tenant
            )
        }
    }
}
