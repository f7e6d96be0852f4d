import DatabaseTestSupport
import Foundation
import Logging
import Model
import Postgres
import Testing

@testable import Store

@Suite("Functions of the database", .serialized)
struct SchemaFunctionTests {
    private let logger = Logger(label: "test")

    private func migrator(
        _ database: TestDatabase,
        _ functions: [SchemaFunction],
        release: String = Release.version
    ) -> Migrator {
        Migrator(
            client: database.owner,
            logger: logger,
            migrations: Migration.all,
            functions: functions,
            release: release
        )
    }

    /// A function that returns `value`, written as in the files.
    private func answering(
        _ value: String,
        parameters: String = "",
        result: String = "integer",
        _ rest: String = ""
    ) -> SchemaFunction {
        SchemaFunction(
            "answer",
            script: """
                CREATE OR REPLACE FUNCTION packaging.answer(\(parameters)) RETURNS \(result)
                LANGUAGE sql AS 'SELECT \(value)';

                REVOKE EXECUTE ON FUNCTION packaging.answer FROM PUBLIC;
                \(rest)
                """
        )
    }

    private func answer(_ database: TestDatabase, _ call: String = "answer()") async throws -> String {
        let rows = try await database.owner.query(SQL(unescaped: "SELECT packaging.\(call)::text AS answer"))
        return try rows[0].decode("answer")
    }

    // MARK: The functions

    @Test("every file is a function of the program, and its comment says what it locks and who calls it")
    func files() throws {
        let files = try SourceFiles.names(in: SourceFiles.store("Functions"))
        #expect(files == SchemaFunction.all.map { $0.name + ".sql" })
        for function in SchemaFunction.all {
            let text = try SourceFiles.text(SourceFiles.store("Functions/\(function.name).sql"))
            #expect(text == function.script)
            let words = text.split(separator: "\n").prefix { $0.hasPrefix("--") }.joined(separator: " ")
            #expect(words.contains("Locks:"), "\(function.name) does not say what it locks")
            #expect(
                words.contains("Called by") || words.contains("Trigger on"),
                "\(function.name) does not say who calls it"
            )
            #expect(text.contains("CREATE OR REPLACE FUNCTION packaging.\(function.name)("))
            #expect(text.contains("REVOKE EXECUTE ON FUNCTION packaging.\(function.name) FROM PUBLIC;"))
        }
    }

    @Test("a migrated database has these functions and no others, except for those that migrations call")
    func complete() async throws {
        try await withStore { fixture in
            let there = try await fixture.database.owner.query(
                "SELECT proname::text AS name FROM pg_proc WHERE pronamespace = 'packaging'::regnamespace"
            ).map { try $0.decode(String.self, "name") }
            let ofMigrations = ["admit_scheduler", "isolate", "now"]
            #expect(there.sorted() == (SchemaFunction.all.map(\.name) + ofMigrations).sorted())
        }
    }

    @Test("each function is valid if all others exist, and applying it again changes nothing")
    func valid() async throws {
        try await withStore { fixture in
            let owner = fixture.database.owner
            let before = try await CatalogDescription.routines(owner)
            try await owner.withTransaction { transaction in
                try await transaction.executeScript("GRANT CREATE ON SCHEMA packaging TO packaging_scheduler")
                // The server checks the text of a function when the function is made, unless the check is turned off.
                for function in SchemaFunction.all { try await transaction.executeScript(function.script) }
                try await transaction.executeScript("REVOKE CREATE ON SCHEMA packaging FROM packaging_scheduler")
            }
            #expect(try await CatalogDescription.routines(owner) == before)
        }
    }

    @Test("the role that owns the functions cannot create anything in the schema afterwards")
    func schedulerRights() async throws {
        try await withStore { fixture in
            let rows = try await fixture.database.owner.query(
                "SELECT has_schema_privilege('packaging_scheduler', 'packaging', 'CREATE') AS may"
            )
            #expect(try rows[0].decode(Bool.self, "may") == false)
        }
    }

    // MARK: Replacing

    @Test("a function whose text has changed is applied anew, and the others are left alone")
    func replaced() async throws {
        try await withDatabase { database in
            let functions = SchemaFunction.all
            let changes = try await migrator(database, functions + [answering("1")]).migrate()
            #expect(changes.functions.count == functions.count + 1)
            #expect(try await answer(database) == "1")
            let edited = migrator(database, functions + [answering("2")])
            #expect(try await edited.state().functions == [FunctionChange(name: "answer", kind: .replace)])
            await #expect(throws: PackagingError.self) { try await edited.state().check() }
            #expect(try await answer(database) == "1", "asking changes nothing")
            #expect(try await edited.migrate().functions == [FunctionChange(name: "answer", kind: .replace)])
            #expect(try await answer(database) == "2")
            #expect(try await edited.migrate() == SchemaChanges())
        }
    }

    @Test("a replaced function loses the owner and the grants that its new text does not name")
    func rights() async throws {
        try await withDatabase { database in
            let open = """
                ALTER FUNCTION packaging.answer OWNER TO packaging_scheduler;
                GRANT EXECUTE ON FUNCTION packaging.answer TO packaging_app;
                """
            try await migrator(database, [answering("1", open)]).migrate()
            func seen() async throws -> [Bool] {
                let row = try await database.owner.query(
                    """
                    SELECT pg_get_userbyid(proowner) = 'packaging_scheduler' AS owned,
                        has_function_privilege('packaging_app', oid, 'EXECUTE') AS granted
                    FROM pg_proc WHERE oid = 'packaging.answer()'::regprocedure
                    """
                )[0]
                return [try row.decode("owned"), try row.decode("granted")]
            }
            #expect(try await seen() == [true, true])
            try await migrator(database, [answering("1")]).migrate()
            #expect(try await seen() == [false, false])
        }
    }

    @Test("a function with other parameters or another result takes the place of the old one")
    func signature() async throws {
        try await withDatabase { database in
            try await migrator(database, [answering("1")]).migrate()
            try await migrator(database, [answering("''two''::text", result: "text")]).migrate()
            #expect(try await answer(database) == "two")
            try await migrator(database, [answering("p_number", parameters: "p_number integer")]).migrate()
            #expect(try await answer(database, "answer(3)") == "3")
            try await migrator(database, [answering("p_other", parameters: "p_other integer")]).migrate()
            #expect(try await answer(database, "answer(p_other => 4)") == "4")
            let count = try await database.owner.query("SELECT count(*) AS c FROM pg_proc WHERE proname = 'answer'")
            #expect(try count[0].decode(Int.self, "c") == 1)
        }
    }

    @Test("a function whose file is gone is dropped, together with its triggers")
    func dropped() async throws {
        try await withDatabase { database in
            let trigger = SchemaFunction(
                "watch",
                script: """
                    CREATE OR REPLACE FUNCTION packaging.watch() RETURNS trigger
                    LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';

                    REVOKE EXECUTE ON FUNCTION packaging.watch FROM PUBLIC;

                    CREATE OR REPLACE TRIGGER watch AFTER DELETE ON packaging.users
                        FOR EACH ROW EXECUTE FUNCTION packaging.watch();
                    """
            )
            let before = try await { () async throws -> [String] in
                try await migrator(database, SchemaFunction.all).migrate()
                return try await CatalogDescription.routines(database.owner)
            }()
            try await migrator(database, SchemaFunction.all + [trigger]).migrate()
            #expect(try await CatalogDescription.routines(database.owner).count == before.count + 2)
            let changes = try await migrator(database, SchemaFunction.all).migrate()
            #expect(changes.functions == [FunctionChange(name: "watch", kind: .drop)])
            #expect(try await CatalogDescription.routines(database.owner) == before)
        }
    }

    @Test("a function on which another object depends is not dropped, and nothing is changed")
    func depended() async throws {
        try await withDatabase { database in
            try await migrator(database, [answering("1")]).migrate()
            try await database.owner.executeScript(
                "ALTER TABLE packaging.users ADD COLUMN age integer DEFAULT packaging.answer()"
            )
            for functions in [[], [answering("''two''::text", result: "text")]] {
                let error = await #expect(throws: PackagingError.self) {
                    try await migrator(database, functions).migrate()
                }
                #expect(error?.message == "cannot drop function \"answer\": something in the database depends on it")
            }
            #expect(try await answer(database) == "1")
        }
    }

    @Test("a file must make the function of its name and no other")
    func misnamed() async throws {
        try await withDatabase { database in
            for script in [
                answering("1").script.replacingOccurrences(of: "answer", with: "other"),
                answering("1").script
                    + "CREATE FUNCTION packaging.answer(i text) RETURNS text LANGUAGE sql AS 'SELECT i'",
            ] {
                let error = await #expect(throws: PackagingError.self) {
                    try await migrator(database, [SchemaFunction("answer", script: script)]).migrate()
                }
                #expect(error?.message.hasPrefix("the file \"answer.sql\" does not make") == true)
            }
        }
    }

    // MARK: Releases

    @Test("an older release does not change a newer release's functions, and does not serve with them")
    func newer() async throws {
        try await withDatabase { database in
            try await migrator(database, [answering("1")], release: "0.9.1").migrate()
            try await migrator(database, [answering("2")], release: "0.10.0").migrate()
            let older = migrator(database, [answering("1")], release: "0.9.1")
            for error in [
                await #expect(throws: PackagingError.self) { try await older.migrate() },
                await #expect(throws: PackagingError.self) { try await older.state().check() },
            ] {
                #expect(error?.reason == "DATABASE_NEWER")
                #expect(
                    error?.message
                        == "the database is newer than this program: release 0.10.0 has applied function \"answer\""
                )
            }
            #expect(try await answer(database) == "2")
            // An older release that has no file for the function does not drop it either.
            let without = migrator(database, [], release: "0.9.1")
            await #expect(throws: PackagingError.self) { try await without.migrate() }
            // A function with the same text is the same function, whichever release applied it.
            try await migrator(database, [answering("2")], release: "0.9.1").state().check()
        }
    }

    @Test("a daemon notices that its functions were replaced by a newer or an older release")
    func overtaken() async throws {
        try await withStore { fixture in
            try await fixture.store.checkSchema()
            for (release, reason) in [("999.0", "DATABASE_NEWER"), ("0.0.1", "DATABASE_BEHIND")] {
                try await fixture.database.owner.execute(
                    "UPDATE packaging.schema_functions SET sha256 = sha256('other'), release = \(release) WHERE name = 'claim'"
                )
                let error = await #expect(throws: PackagingError.self) { try await fixture.store.checkSchema() }
                #expect(error?.reason == reason)
                #expect(error?.message.contains("\"claim\"") == true)
            }
            try await Migrator(client: fixture.database.owner, logger: logger).migrate()
            try await fixture.store.checkSchema()
        }
    }

    @Test("releases are compared as numbers", arguments: [("0.9.1", "0.10.0"), ("0.1.0", "0.1.1"), ("1.0", "1.0.1")])
    func order(earlier: String, later: String) {
        #expect(ReleaseNumber(earlier) < ReleaseNumber(later))
        #expect(!(ReleaseNumber(later) < ReleaseNumber(earlier)))
    }
}
