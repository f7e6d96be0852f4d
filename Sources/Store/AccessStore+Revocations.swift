package import Model
internal import Postgres

extension AccessStore {
    /// Refuses one token from now on.
    ///
    /// - Throws: ``PackagingError`` with code `resourceExhausted` (reason `REVOCATION_LIMIT`) if the tenant has
    ///   ``maximumRevokedTokens`` already.
    package func revoke(
        token id: String,
        until expiresAt: Instant,
        by revoker: UserID,
        tenant: TenantID
    ) async throws(PackagingError) -> (createdAt: Instant, expiresAt: Instant) {
        let row = try await wrapped {
            try await client.query(
                """
                SELECT created_at, expires_at FROM packaging.revoke_token(
                    \(tenant), \(id), \(expiresAt), \(revoker), \(Self.maximumRevokedTokens)::integer
                )
                """,
                as: tenant
            ).first.map { (try $0.decode(Instant.self, "created_at"), try $0.decode(Instant.self, "expires_at")) }
        }
        guard let row else {
            throw PackagingError(
                .resourceExhausted,
                "\(Self.maximumRevokedTokens) tokens of the tenant are revoked already",
                reason: "REVOCATION_LIMIT",
                hint: "Revoke the tokens of a user or a service at once, by the time of their issue."
            )
        }
        return (row.0, row.1)
    }

    /// Refuses the tokens of a user or a service that were issued before a time: now if nil. The time is never later than
    /// now, and never goes back.
    package func revoke(
        _ principal: Principal,
        issuedBefore: Instant?,
        by revoker: UserID,
        tenant: TenantID
    ) async throws(PackagingError) -> (createdAt: Instant, issuedBefore: Instant) {
        try await wrapped {
            let row = try await client.query(
                """
                SELECT not_before, set_at FROM packaging.revoke_principal(
                    \(tenant), \(principal.kind), \(principal.name), \(issuedBefore as Instant?), \(revoker)
                )
                """,
                as: tenant
            )[0]
            return (try row.decode("set_at"), try row.decode("not_before"))
        }
    }

    /// All that is refused of the tenant's tokens now.
    package func revocationList(tenant: TenantID) async throws(PackagingError) -> RevocationList {
        try await wrapped {
            // One statement, so that the version belongs to what is listed.
            let rows = try await client.query(
                """
                SELECT 'version' AS kind, version::text AS name, NULL::timestamptz AS at FROM packaging.access_versions
                WHERE tenant_id = \(tenant)
                UNION ALL
                SELECT 'token', token_id, NULL FROM packaging.revoked_tokens
                WHERE tenant_id = \(tenant) AND expires_at > packaging.now()
                UNION ALL
                SELECT kind, subject, not_before FROM packaging.users
                WHERE tenant_id = \(tenant) AND not_before IS NOT NULL
                """,
                as: tenant
            )
            var list = RevocationList(version: 0)
            for row in rows {
                let (kind, name) = (try row.decode(String.self, "kind"), try row.decode(String.self, "name"))
                if kind == "version" {
                    list.version = Int64(name) ?? 0
                } else if kind == "token" {
                    list.tokens.insert(name)
                } else if let principal = Principal(kind: kind, name: name) {
                    list.notBefore[principal] = try row.decode(Instant?.self, "at")
                }
            }
            return list
        }
    }

    /// The number that rises with each change of the tenant's revocations and grants.
    ///
    /// - Parameter limit: How long that may take; the usual limits hold when nil.
    package func version(tenant: TenantID, within limit: Duration? = nil) async throws(PackagingError) -> Int64 {
        try await wrapped {
            try await client.query(
                "SELECT version FROM packaging.access_versions WHERE tenant_id = \(tenant)",
                settings: tenant.settings,
                within: limit
            ).first?.decode(Int64.self, "version") ?? 0
        }
    }

    /// What is refused now, the latest first.
    ///
    /// - Parameter skipped: How many of them a page before this one had.
    package func revocations(
        skipping skipped: Int,
        limit: Int,
        tenant: TenantID
    ) async throws(PackagingError) -> [Revocation] {
        try await wrapped {
            try await client.query(
                """
                SELECT r.kind, r.name, r.at, r.created_at, \(Principal.name(ofColumn: "r.created_by", in: "r")) AS created_by
                FROM (
                    SELECT tenant_id, 'token' AS kind, token_id AS name, expires_at AS at, created_at, created_by
                    FROM packaging.revoked_tokens WHERE tenant_id = \(tenant) AND expires_at > packaging.now()
                    UNION ALL
                    SELECT tenant_id, kind, subject, not_before, not_before_set_at, not_before_set_by
                    FROM packaging.users WHERE tenant_id = \(tenant) AND not_before IS NOT NULL
                ) AS r
                ORDER BY r.created_at DESC, r.kind, r.name
                OFFSET \(skipped) LIMIT \(limit)
                """,
                as: tenant
            ).map { row in
                let (kind, name) = (try row.decode(String.self, "kind"), try row.decode(String.self, "name"))
                let at = try row.decode(Instant.self, "at")
                return Revocation(
                    subject: Principal(kind: kind, name: name).map { .principal($0, issuedBefore: at) }
                        ?? .token(name, expiresAt: at),
                    createdAt: try row.decode("created_at"),
                    createdBy: try row.decode("created_by")
                )
            }
        }
    }
}
