import DatabaseTestSupport
import Model
import Testing

@testable import Postgres
@testable import Store

@Suite("Errors of the database, in the words of callers")
struct ErrorTests {
    @Test(
        "a shortage is told as one, and never as a statement that was refused",
        arguments: [
            ("53100", .resourceExhausted, "DATABASE_FULL"), ("53200", .resourceExhausted, "DATABASE_SHORT"),
            ("53400", .resourceExhausted, "DATABASE_SHORT"), ("53000", .resourceExhausted, "DATABASE_SHORT"),
            ("53300", .unavailable, "DATABASE_UNAVAILABLE"), ("58030", .unavailable, "DATABASE_UNAVAILABLE"),
            ("57P02", .unavailable, "DATABASE_UNAVAILABLE"), ("42601", .internal, ""),
        ] as [(String, PackagingError.Code, String)]
    )
    func shortages(_ state: String, _ code: PackagingError.Code, _ reason: String) {
        let error = PackagingError(PostgresError(.server, "it says why", sqlState: SQLState(rawValue: state)))
        #expect(error.code == code)
        #expect(error.reason == reason)
    }

    @Test("a disk that is full when a connection is made is told as the disk, not as an outage")
    func connecting() {
        let error = PackagingError(PostgresError(.connection, "could not extend", sqlState: .diskFull))
        #expect(error.code == .resourceExhausted)
        #expect(error.hint == "Make room on the disk that holds the database.")
    }

    @Test("a full disk of a real server gives that error to the caller")
    func real() async throws {
        try await withStore { fixture in
            try await fixture.database.owner.executeScript(
                """
                CREATE OR REPLACE FUNCTION packaging.now() RETURNS timestamptz LANGUAGE plpgsql VOLATILE
                AS $$BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END$$
                """
            )
            let error = await #expect(throws: PackagingError.self) {
                _ = try await fixture.jobs.claim(owner: .random(), limit: 1)
            }
            #expect(error?.reason == "DATABASE_FULL")
        }
    }
}
