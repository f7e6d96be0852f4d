package import Model
internal import Postgres

extension AccessStore {
    /// Writes who did what. Without a tenant, it is a login that failed before its tenant was known.
    package func record(_ entry: AuditEntry, tenant: TenantID?) async throws(PackagingError) {
        func short(_ text: String) -> String { String(text.prefix(AuditEntry.maximumTextLength)) }
        let (target, outcome) = (short(entry.target), short(entry.outcome))
        let (call, peer) = (short(entry.callID), short(entry.peer))
        try await wrapped {
            guard let tenant else {
                _ = try await client.query(
                    "SELECT packaging.record_audit(\(entry.method), \(target), \(outcome), \(call), \(peer))"
                )
                return
            }
            _ = try await client.execute(
                """
                INSERT INTO packaging.audit (tenant_id, at, actor, method, target, outcome, call_id, peer)
                VALUES (
                    \(tenant), packaging.now(), \(short(entry.actor)), \(entry.method), \(target), \(outcome), \(call),
                    \(peer)
                )
                """,
                as: tenant
            )
        }
    }

    /// Who did what in one tenant, the latest first.
    ///
    /// - Parameter id: Only entries before this one; all if nil.
    package func audit(
        before id: Int64?,
        limit: Int,
        tenant: TenantID,
        name: String
    ) async throws(PackagingError) -> [AuditEntry] {
        try await wrapped {
            try await client.query(
                """
                SELECT id, at, actor, method, target, outcome, call_id, peer, \(name)::text AS tenant
                FROM packaging.audit
                WHERE tenant_id = \(tenant) AND (\(id as Int64?)::bigint IS NULL OR id < \(id as Int64?))
                ORDER BY id DESC LIMIT \(limit)
                """,
                as: tenant
            ).map(AuditEntry.init)
        }
    }

    /// Who did what in all tenants, the latest first, with the logins that failed before a tenant was known. For the
    /// operator alone.
    package func auditOfAll(before id: Int64?, limit: Int) async throws(PackagingError) -> [AuditEntry] {
        try await wrapped {
            try await client.query(
                """
                SELECT id, at, actor, method, target, outcome, call_id, peer, tenant
                FROM packaging.list_audit(\(id as Int64?), \(limit)::integer)
                """
            ).map(AuditEntry.init)
        }
    }
}

extension AuditEntry {
    fileprivate init(_ row: PostgresRow) throws(PostgresError) {
        self.init(
            id: try row.decode("id"),
            at: try row.decode("at"),
            tenant: try row.decode("tenant"),
            actor: try row.decode("actor"),
            method: try row.decode("method"),
            target: try row.decode("target"),
            outcome: try row.decode("outcome"),
            callID: try row.decode("call_id"),
            peer: try row.decode("peer")
        )
    }
}
