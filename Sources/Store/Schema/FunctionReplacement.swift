internal import Model
internal import Postgres

/// Replaces functions of a database by those of this program, within one transaction.
struct FunctionReplacement {
    let transaction: PostgresTransaction
    /// The release that is recorded with each function.
    let release: String

    /// Carries out `changes`, with the texts of `functions`.
    func carryOut(_ changes: [FunctionChange], of functions: [SchemaFunction]) async throws {
        // A function may call one that is created after it. A role that becomes the owner of a function must be able to
        // create in the schema at that moment, and must not be able to afterwards.
        try await transaction.executeScript(
            """
            SET LOCAL check_function_bodies = off;
            GRANT CREATE ON SCHEMA packaging TO \(StoreRole.scheduler);
            """
        )
        for change in changes {
            if change.kind == .drop {
                try await drop(change.name, try await signatures(of: change.name))
                try await transaction.execute("DELETE FROM packaging.schema_functions WHERE name = \(change.name)")
            } else if let function = functions.first(where: { $0.name == change.name }) {
                try await apply(function)
                try await record(function)
            }
        }
        try await transaction.executeScript(
            """
            SET LOCAL check_function_bodies = on;
            REVOKE CREATE ON SCHEMA packaging FROM \(StoreRole.scheduler);
            """
        )
    }

    /// Replaces the function in place, so that its callers still find it. Drops and creates it only if its parameters
    /// or its result have changed.
    private func apply(_ function: SchemaFunction) async throws {
        let before = try await signatures(of: function.name)
        for signature in before { try await forgetOwnerAndGrants(of: signature) }
        try await transaction.executeScript("SAVEPOINT before_function")
        do {
            try await transaction.executeScript(function.script)
        } catch {
            guard error.sqlState == .invalidFunctionDefinition || error.sqlState == .ambiguousFunction else {
                throw error
            }
            try await transaction.executeScript("ROLLBACK TO SAVEPOINT before_function")
            try await drop(function.name, before)
            try await transaction.executeScript(function.script)
        }
        try await transaction.executeScript("RELEASE SAVEPOINT before_function")
        guard try await signatures(of: function.name).count == 1 else {
            throw PackagingError(
                .internal,
                "the file \"\(function.name).sql\" does not make the function \"\(function.name)\" alone"
            )
        }
    }

    /// The signatures of all routines with this name, as the server writes them: `packaging.claim(uuid,integer)`.
    private func signatures(of name: String) async throws -> [String] {
        try await transaction.query(
            """
            SELECT oid::regprocedure::text AS signature FROM pg_proc
            WHERE pronamespace = 'packaging'::regnamespace AND proname = \(name)::name
            """
        ).map { row in try row.decode("signature") }
    }

    /// Gives the routine the owner and grants of a new one. Replacing a routine keeps its owner and grants, but only
    /// the file may define them.
    private func forgetOwnerAndGrants(of signature: String) async throws {
        try await transaction.executeScript(
            """
            ALTER ROUTINE \(signature) OWNER TO CURRENT_USER;
            REVOKE ALL ON ROUTINE \(signature) FROM PUBLIC, \(StoreRole.application), \(StoreRole.scheduler);
            """
        )
    }

    /// Drops routines with the triggers that call them. If anything else depends on a routine, dropping it fails.
    private func drop(_ name: String, _ signatures: [String]) async throws {
        for signature in signatures {
            let triggers = try await transaction.query(
                """
                SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass) AS statement FROM pg_trigger
                WHERE tgfoid = \(signature)::regprocedure AND NOT tgisinternal
                """
            )
            for row in triggers { try await transaction.executeScript(try row.decode("statement")) }
            do {
                try await transaction.executeScript("DROP ROUTINE \(signature)")
            } catch {
                guard error.sqlState == .dependentObjectsStillExist else { throw error }
                throw PackagingError(
                    .failedPrecondition,
                    "cannot drop function \"\(name)\": something in the database depends on it",
                    detail: error.detail,
                    hint: "Change what depends on it in a migration.",
                    cause: error
                )
            }
        }
    }

    private func record(_ function: SchemaFunction) async throws {
        try await transaction.execute(
            """
            INSERT INTO packaging.schema_functions (name, sha256, release)
            VALUES (\(function.name), \(function.digest), \(release))
            ON CONFLICT (name) DO UPDATE
            SET sha256 = EXCLUDED.sha256, release = EXCLUDED.release, applied_at = clock_timestamp()
            """
        )
    }
}

extension SQLState {
    /// A function cannot be replaced by one that has another result or other parameter names.
    fileprivate static let invalidFunctionDefinition = Self(rawValue: "42P13")
    /// Several functions have the same name.
    fileprivate static let ambiguousFunction = Self(rawValue: "42725")
    /// Another object depends on the one to be dropped.
    fileprivate static let dependentObjectsStillExist = Self(rawValue: "2BP01")
}
