import Descriptors
import Glibc
import Logging
import Postgres

/// The roles of the server: a superuser for administration, the owner of the schema, and the daemon's role.
///
/// Earlier versions had two: the owner was the superuser. ``prepare()`` brings their servers to the present state, at
/// any step of an upgrade that was interrupted.
struct ServerRoles: Sendable {
    let configuration: PrivatePostgresConfiguration
    let folders: Folders
    let logger: Logger

    private var admin: String { Self.quoted(configuration.adminRole) }
    private var owner: String { Self.quoted(configuration.ownerRole) }
    private var app: String { Self.quoted(configuration.appRole) }
    private var upgrade: String { Self.quoted(configuration.upgradeRole) }

    /// Makes the roles that are missing.
    func prepare(for user: ServerUser) async throws {
        if !ServerFiles.exists(folders.rolesMark) {
            try await upgradeEarlierRoles()
            try Self.mark(folders.rolesMark, for: user)
        }
        try await withClient(as: configuration.adminRole) { client in
            let existing = try await names(client)
            if existing.contains(configuration.upgradeRole) { try await client.executeScript("DROP ROLE \(upgrade)") }
            // The daemon's role has no attribute but LOGIN. The owner is what the documentation asks for on a server of
            // a team.
            if !existing.contains(configuration.appRole) {
                try await client.executeScript("CREATE ROLE \(app) LOGIN")
            }
            if !existing.contains(configuration.ownerRole) {
                try await client.executeScript(
                    """
                    CREATE ROLE \(owner) LOGIN CREATEROLE;
                    GRANT \(app) TO \(owner) WITH ADMIN OPTION;
                    ALTER DATABASE postgres OWNER TO \(owner);
                    """
                )
            }
        }
    }

    /// Writes down that the superuser is ``PrivatePostgresConfiguration/adminRole``.
    static func mark(_ path: String, for user: ServerUser) throws(PrivatePostgresError) {
        // The content is for people; the file's existence is what counts.
        let file = try openFile(path, O_WRONLY)
        let text = Array("The roles of this database: superuser, owner and daemon.\n".utf8)
        guard file.withNumber({ unsafe write($0, text, text.count) }) == text.count,
            file.withNumber({ fsync($0) }) == 0
        else { throw PrivatePostgresError("could not write the file \"\(path)\": \(reason(errno))") }
        if user.isOther, unsafe lchown(path, user.uid, user.gid) != 0 {
            throw PrivatePostgresError("could not give the file \"\(path)\" to \(user.name): \(reason(errno))")
        }
    }

    /// Divides the superuser of an earlier version in two: it becomes the superuser for administration, and a new role
    /// without its power becomes the owner.
    private func upgradeEarlierRoles() async throws {
        let isDone = try await withClient(as: configuration.ownerRole) { client in
            let existing = try await names(client)
            if existing.contains(configuration.adminRole) { return true }
            // A role cannot rename itself, so another one has to.
            if !existing.contains(configuration.upgradeRole) {
                try await client.executeScript("CREATE ROLE \(upgrade) LOGIN SUPERUSER")
            }
            return false
        }
        guard !isDone else { return }
        logger.notice("dividing the roles of a database of an earlier version")
        try await withClient(as: configuration.upgradeRole) { client in
            let others = try await names(client).subtracting([configuration.ownerRole, configuration.upgradeRole])
            // One transaction, so that the owner is never missing.
            try await client.withTransaction(settings: [("lock_timeout", "0"), ("statement_timeout", "0")]) {
                try await $0.executeScript(
                    """
                    ALTER ROLE \(owner) RENAME TO \(admin);
                    CREATE ROLE \(owner) LOGIN CREATEROLE;
                    ALTER DATABASE postgres OWNER TO \(owner);
                    """
                )
                // The migrations made these roles.
                for role in others.filter({ $0.hasPrefix("packaging_") }).sorted() {
                    try await $0.executeScript("GRANT \(Self.quoted(role)) TO \(owner) WITH ADMIN OPTION")
                }
                try await $0.executeScript(moveSchema)
            }
        }
    }

    /// Gives everything in the schema that belongs to the superuser to the owner. REASSIGN OWNED cannot: the first
    /// superuser also owns the system's own objects.
    private var moveSchema: String {
        """
        DO $$
        DECLARE
            v_command text;
        BEGIN
            FOR v_command IN
                SELECT format('ALTER SCHEMA %I OWNER TO \(owner)', nspname) FROM pg_namespace WHERE nspname = 'packaging'
                UNION ALL
                SELECT format('ALTER TABLE %s OWNER TO \(owner)', c.oid::regclass)
                FROM pg_class c
                WHERE c.relnamespace = to_regnamespace('packaging') AND c.relowner = '\(admin)'::regrole
                    AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
                    -- The sequence of a column goes with its table.
                    AND NOT EXISTS (
                        SELECT FROM pg_depend d
                        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
                            AND c.relkind = 'S' AND d.refclassid = 'pg_class'::regclass
                    )
                UNION ALL
                SELECT format('ALTER ROUTINE %s OWNER TO \(owner)', p.oid::regprocedure)
                FROM pg_proc p
                WHERE p.pronamespace = to_regnamespace('packaging') AND p.proowner = '\(admin)'::regrole
                UNION ALL
                SELECT format('ALTER TYPE %s OWNER TO \(owner)', t.oid::regtype)
                FROM pg_type t
                WHERE t.typnamespace = to_regnamespace('packaging') AND t.typowner = '\(admin)'::regrole
                    AND t.typtype IN ('d', 'e', 'r')
            LOOP
                EXECUTE v_command;
            END LOOP;
        END
        $$
        """
    }

    private func names(_ client: PostgresClient) async throws -> Set<String> {
        Set(try await client.query("SELECT rolname::text AS name FROM pg_roles").map { try $0.decode("name") })
    }

    private func withClient<Value>(
        as role: String,
        _ body: (PostgresClient) async throws -> Value
    ) async throws -> Value {
        let login = PrivatePostgres.connection(in: folders.sockets, as: role, to: "postgres")
        return try await PostgresClient.withOneConnection(login, logger: logger, body)
    }

    private static func quoted(_ name: String) -> String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }
}
