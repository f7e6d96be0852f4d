package import Model
internal import Postgres

/// Who may do what: the callers' rows, users' roles on projects, and what is refused.
package struct AccessStore: Sendable {
    /// The most tokens of a tenant that may be revoked at once. A user's tokens are revoked by one time instead.
    package static let maximumRevokedTokens = 10_000

    let client: PostgresClient

    // MARK: Callers

    /// The id of the caller's row, which is made if there is none.
    package func id(of principal: Principal, tenant: TenantID) async throws(PackagingError) -> UserID {
        try await wrapped {
            try await client.query(
                "SELECT packaging.principal(\(tenant), \(principal.kind), \(principal.name)) AS id",
                as: tenant
            )[0].decode("id")
        }
    }

    /// The project that a request names, and the user's role on it.
    ///
    /// - Returns: Nil if the tenant has no such project; a nil role if the user has none.
    package func role(
        of user: UserID,
        on thing: NamedThing,
        tenant: TenantID
    ) async throws(PackagingError) -> (project: ProjectID, role: ProjectRole?)? {
        let (kind, id): (String, ProjectID?) =
            switch thing {
            case .project(let text): ("project", ProjectID(text))
            case .job(let text): ("job", ProjectID(text))
            case .batch(let text): ("batch", ProjectID(text))
            case .package(let text): ("package", ProjectID(text))
            }
        return try await wrapped {
            try await client.query(
                """
                SELECT project_id, role FROM packaging.role_of(
                    \(tenant), \(user), \(kind), \(id as ProjectID?), \(thing.reference)
                )
                """,
                as: tenant
            ).first.map { row in
                (try row.decode("project_id"), try row.decode(String?.self, "role").flatMap(ProjectRole.init))
            }
        }
    }

    // MARK: Grants

    /// Gives a user a role on a project, in place of the one that the user has.
    ///
    /// - Parameter giver: Who gives it.
    /// - Throws: ``PackagingError`` with code `notFound` if the project is gone, `failedPrecondition` (reason
    ///   `LAST_OWNER`) if the giver is its only owner and would stop being one.
    package func putGrant(
        _ role: ProjectRole,
        to user: String,
        on project: ProjectID,
        by giver: UserID,
        tenant: TenantID
    ) async throws(PackagingError) -> Instant {
        guard let at = try await changeGrant(role, of: user, on: project, by: giver, tenant: tenant) else {
            throw .unexpected("not_granted", from: "put_grant")
        }
        return at
    }

    /// Takes a user's role on a project.
    ///
    /// - Returns: Whether there was one.
    /// - Throws: As ``putGrant(_:to:on:by:tenant:)``.
    package func deleteGrant(
        of user: String,
        on project: ProjectID,
        by taker: UserID,
        tenant: TenantID
    ) async throws(PackagingError) -> Bool {
        try await changeGrant(nil, of: user, on: project, by: taker, tenant: tenant) != nil
    }

    private func changeGrant(
        _ role: ProjectRole?,
        of user: String,
        on project: ProjectID,
        by changer: UserID,
        tenant: TenantID
    ) async throws(PackagingError) -> Instant? {
        let (outcome, at) = try await wrapped {
            let row = try await client.query(
                """
                SELECT outcome, granted_at FROM packaging.put_grant(
                    \(tenant), \(project), \(user), \(role?.rawValue as String?), \(changer)
                )
                """,
                as: tenant
            )[0]
            return (try row.decode(String.self, "outcome"), try row.decode(Instant?.self, "granted_at"))
        }
        switch outcome {
        case "done": return at
        case "not_granted": return nil
        case "no_project": throw .nothing(.project, project.description)
        case "last_owner":
            throw PackagingError(
                .failedPrecondition,
                "\"\(user)\" is the only owner of the project",
                reason: "LAST_OWNER",
                hint: "Make somebody else an owner first."
            )
        default: throw .unexpected(outcome, from: "put_grant")
        }
    }

    /// The users that have a role on a project, in the order of their names.
    package func grants(
        on project: ProjectID,
        after user: String,
        limit: Int,
        tenant: TenantID
    ) async throws(PackagingError) -> [Grant] {
        try await wrapped {
            try await client.query(
                """
                SELECT g.project_id, u.subject, g.role, g.granted_at, \(Principal.name(ofColumn: "g.granted_by", in: "g"))
                        AS granted_by
                FROM packaging.grants AS g JOIN packaging.users AS u ON u.tenant_id = g.tenant_id AND u.id = g.user_id
                WHERE g.tenant_id = \(tenant) AND g.project_id = \(project) AND u.subject > \(user)
                ORDER BY u.subject LIMIT \(limit)
                """,
                as: tenant
            ).map { row in
                let role = try row.decode(String.self, "role")
                return Grant(
                    project: try row.decode("project_id"),
                    user: try row.decode("subject"),
                    // A constraint of the table allows no other word.
                    role: ProjectRole(rawValue: role) ?? .reader,
                    grantedAt: try row.decode("granted_at"),
                    grantedBy: try row.decode("granted_by")
                )
            }
        }
    }
}

extension Principal {
    /// The caller that a column names, as ``description`` writes it; empty if it names nobody.
    static func name(ofColumn column: SQL, in table: SQL) -> SQL {
        """
        COALESCE((
            SELECT CASE u.kind WHEN 'operator' THEN 'operator' ELSE u.kind || ':' || u.subject END
            FROM packaging.users AS u WHERE u.tenant_id = \(table).tenant_id AND u.id = \(column)
        ), '')
        """
    }
}
