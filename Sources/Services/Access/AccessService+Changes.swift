internal import Logging
package import Model
internal import Store

extension AccessService {
    // MARK: Grants

    /// Gives a user a role on the project with this id.
    package func putGrant(
        _ role: ProjectRole,
        to user: String,
        on project: ProjectID,
        by caller: Caller
    ) async throws(PackagingError) -> Grant {
        try Self.check(user, "user")
        let at = try await access.putGrant(role, to: user, on: project, by: caller.id, tenant: caller.tenant)
        return Grant(
            project: project,
            user: user,
            role: role,
            grantedAt: at,
            grantedBy: caller.principal.description
        )
    }

    /// Takes a user's role on the project with this id.
    ///
    /// - Throws: ``PackagingError`` with code `notFound` (reason `GRANT_NOT_FOUND`) if the user has none.
    package func deleteGrant(
        of user: String,
        on project: ProjectID,
        by caller: Caller
    ) async throws(PackagingError) {
        try Self.check(user, "user")
        guard try await access.deleteGrant(of: user, on: project, by: caller.id, tenant: caller.tenant) else {
            throw PackagingError(
                .notFound,
                "user \"\(user.prefix(80))\" has no role on the project",
                reason: "GRANT_NOT_FOUND",
                hint: "List who has one with \"packctl grants \(project)\"."
            )
        }
    }

    /// The users that have a role on the project with this id.
    package func grants(
        on project: ProjectID,
        _ page: NamePage,
        tenant: TenantID
    ) async throws(PackagingError) -> (grants: [Grant], next: String) {
        let found = try await access.grants(on: project, after: page.after, limit: page.limit + 1, tenant: tenant)
        let grants = Array(found.prefix(page.limit))
        return (grants, found.count > page.limit ? grants.last?.user ?? "" : "")
    }

    // MARK: Revocations

    /// The tenant that a request of an administrator is about: the caller's own, unless the operator names another.
    ///
    /// - Throws: ``PackagingError`` with code `permissionDenied` for a caller who names another tenant, whether it exists or
    ///   not; `notFound` if the operator names none that exists.
    package func tenant(named name: String, for caller: Caller) async throws(PackagingError) -> (TenantID, String) {
        if name.isEmpty || name == caller.tenantName || name == caller.tenant.description {
            return (caller.tenant, caller.tenantName)
        }
        guard caller.principal == .localOperator else { throw .operatorOnly }
        guard let tenant = try await tenants.tenant(named: name) else { throw .nothing(.tenant, name) }
        return (tenant.id, tenant.name)
    }

    /// Refuses one token from now on.
    ///
    /// - Parameter expiresAt: When it ends by itself; 90 days from now if nil, which no token outlives.
    package func revoke(
        token id: String,
        until expiresAt: Instant?,
        in tenant: TenantID,
        by caller: Caller
    ) async throws(PackagingError) -> Revocation {
        try Self.check(id, "token_id")
        let now = time()
        let end = expiresAt ?? now + .seconds(90 * 86_400)
        guard end > now else { throw .invalid("expires_at", "is over already, so the token is refused anyway") }
        let who = try await row(of: caller, in: tenant)
        let row = try await access.revoke(token: id, until: end, by: who, tenant: tenant)
        return Revocation(
            subject: .token(id, expiresAt: row.expiresAt),
            createdAt: row.createdAt,
            createdBy: caller.principal.description
        )
    }

    /// Refuses the tokens of a user or a service that were issued before a time: now if nil.
    package func revoke(
        principal name: String,
        issuedBefore: Instant?,
        in tenant: TenantID,
        by caller: Caller
    ) async throws(PackagingError) -> Revocation {
        guard let principal = Principal(name) else { throw .invalid("user", "is empty") }
        try Self.check(principal.name, "user")
        let who = try await row(of: caller, in: tenant)
        let row = try await access.revoke(principal, issuedBefore: issuedBefore, by: who, tenant: tenant)
        return Revocation(
            subject: .principal(principal, issuedBefore: row.issuedBefore),
            createdAt: row.createdAt,
            createdBy: caller.principal.description
        )
    }

    /// What is refused now, the latest first.
    package func revocations(
        size: Int32,
        token: String,
        in tenant: TenantID
    ) async throws(PackagingError) -> (revocations: [Revocation], next: String) {
        let limit = try NamePage(size: size, token: "").limit
        guard let skipped = token.isEmpty ? 0 : Int(token), skipped >= 0, skipped <= 1_000_000 else {
            throw .invalid("page_token", "is not one that a list of this server gave")
        }
        let found = try await access.revocations(skipping: skipped, limit: limit + 1, tenant: tenant)
        return (Array(found.prefix(limit)), found.count > limit ? String(skipped + limit) : "")
    }

    // MARK: Audit

    /// Writes who did what. A failure is logged: what was done is done. Of what a caller tries in vain, so many entries are
    /// kept in a minute, and no more: nobody fills the audit.
    package func record(_ entry: AuditEntry, tenant: TenantID) async {
        guard entry.outcome == "OK" || countsRefusal(of: "\(tenant) \(entry.actor)") else { return }
        await write(entry, tenant)
    }

    /// Who did what, the latest first: in one tenant, or everywhere if nil.
    package func audit(
        size: Int32,
        token: String,
        in tenant: (id: TenantID, name: String)?
    ) async throws(PackagingError) -> (entries: [AuditEntry], next: String) {
        let limit = try NamePage(size: size, token: "").limit
        let before = Int64(token)
        guard token.isEmpty || before != nil else {
            throw .invalid("page_token", "is not one that a list of this server gave")
        }
        let found =
            if let tenant {
                try await access.audit(before: before, limit: limit + 1, tenant: tenant.id, name: tenant.name)
            } else { try await access.auditOfAll(before: before, limit: limit + 1) }
        let entries = Array(found.prefix(limit))
        return (entries, found.count > limit ? entries.last.map { String($0.id) } ?? "" : "")
    }

    // MARK: Pieces

    /// Writes an entry of the audit; without a tenant that of a failed login.
    func write(_ entry: AuditEntry, _ tenant: TenantID?) async {
        do throws(PackagingError) {
            try await access.record(entry, tenant: tenant)
        } catch {
            logger.warning("could not write the audit", metadata: ["error": "\(error)", "method": "\(entry.method)"])
        }
    }

    /// The caller's row in `tenant`: the operator has one in each.
    private func row(of caller: Caller, in tenant: TenantID) async throws(PackagingError) -> UserID {
        tenant == caller.tenant ? caller.id : try await access.id(of: caller.principal, tenant: tenant)
    }

    private static func check(_ name: String, _ field: String) throws(PackagingError) {
        if let problem = Principal.problem(inName: name) { throw .invalid(field, problem) }
    }
}

/// Which page of a list in the order of names is wanted.
package struct NamePage: Sendable, Hashable {
    /// The most elements of the page, 1 through 1,000.
    package var limit: Int
    /// The name after which the page begins; empty for the first.
    package var after: String

    /// The page of `size` elements (100 when 0, at most 1,000) after the name `token`.
    ///
    /// - Throws: ``PackagingError`` with code `invalidArgument` for a negative size.
    package init(size: Int32, token: String) throws(PackagingError) {
        guard size >= 0 else { throw .invalid("page_size", "\(size) is negative") }
        limit = size == 0 ? 100 : min(Int(size), 1000)
        after = token
    }
}
