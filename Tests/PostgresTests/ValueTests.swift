import DatabaseTestSupport
import Model
import Testing

@testable import Postgres

@Suite("Values")
struct ValueTests {
    /// Expects that `value` comes back as it was sent.
    private func expectRoundTrip<Value: PostgresEncodable & PostgresDecodable & Equatable>(
        _ value: Value,
        _ database: TestDatabase,
        at location: SourceLocation = #_sourceLocation
    ) async throws {
        let returned: Value = try await database.app.query("SELECT \(value) AS value")[0].decode("value")
        #expect(returned == value, sourceLocation: location)
    }

    @Test("every value comes back as it was sent")
    func roundTrips() async throws {
        try await withDatabase { database in
            try await expectRoundTrip(true, database)
            for number in [0, 1, -1, Int.max, Int.min] { try await expectRoundTrip(number, database) }
            try await expectRoundTrip(Int32.min, database)
            try await expectRoundTrip(Int16.min, database)
            try await expectRoundTrip(-0.1, database)
            try await expectRoundTrip(Double.infinity, database)
            for text in ["", "“Año” & 'q' \\ \u{1F600}"] { try await expectRoundTrip(text, database) }
            for bytes: [UInt8] in [[], [0], [1, 0, 2, 0], Array(0...255)] {
                try await expectRoundTrip(bytes, database)
            }
            let id = ProjectID.random()
            try await expectRoundTrip(id, database)
            let digest = try #require(Digest(bytes: (0..<32).map { UInt8($0) }))
            try await expectRoundTrip(digest, database)
            try await expectRoundTrip(Duration.microseconds(-1_500_001), database)
        }
    }

    @Test("times are exact to the microsecond", arguments: [0, 1, -1, 1_766_485_800_123_456, -62_135_596_800_000_000])
    func instants(microseconds: Int64) async throws {
        try await withDatabase { database in
            let instant = Instant(microseconds: microseconds)
            let row = try await database.app.query(
                """
                SELECT \(instant) AS value,
                       (extract(epoch FROM \(instant)) * 1000000)::bigint AS microseconds
                """
            )[0]
            #expect(try row.decode(Instant.self, "value") == instant)
            #expect(try row.decode(Int64.self, "microseconds") == microseconds)
        }
    }

    @Test("an infinite time, or one that is out of range, is an error and not a crash")
    func endlessTimes() async throws {
        try await withDatabase { database in
            let row = try await database.app.query(
                "SELECT 'infinity'::timestamptz AS a, '-infinity'::timestamptz AS b"
            )[0]
            for column in ["a", "b"] {
                let error = #expect(throws: PostgresError.self) { try row.decode(Instant.self, column) }
                #expect(error?.kind == .decoding)
            }
            await #expect(throws: PostgresError.self) {
                try await database.app.query("SELECT \(Instant(microseconds: .min))")
            }
        }
    }

    @Test("NULL is nil in both directions, and an error where a value is expected")
    func null() async throws {
        try await withDatabase { database in
            let (nothing, something): (Int?, String?) = (nil, "x")
            let row = try await database.app.query("SELECT \(nothing) AS a, \(something) AS b")[0]
            #expect(try row.decode(Int?.self, "a") == nil)
            #expect(try row.decode(String?.self, "b") == "x")
            let error = #expect(throws: PostgresError.self) { try row.decode(Int.self, "a") }
            #expect(error?.message == "column \"a\" is NULL, not Int")
        }
    }

    @Test("arrays keep order, NULLs, zeros and empty values")
    func arrays() async throws {
        try await withDatabase { database in
            try await expectRoundTrip([3, 1, 2], database)
            try await expectRoundTrip([Int](), database)
            try await expectRoundTrip(["a", "", "{x,\"y\"}"], database)
            try await expectRoundTrip([Optional("a"), nil], database)
            try await expectRoundTrip([[0, 1], [], [2]] as [[UInt8]], database)
            let ids = (0..<3).map { _ in JobID.random() }
            try await expectRoundTrip(ids, database)
            let digests = (0..<2).compactMap { Digest(bytes: [UInt8](repeating: UInt8($0), count: 32)) }
            try await expectRoundTrip(digests, database)
            let instants = [Instant(microseconds: 1), Instant(microseconds: -1)]
            try await expectRoundTrip(instants, database)
        }
    }

    @Test("one statement writes ten thousand rows with unnest")
    func unnest() async throws {
        try await withDatabase { database in
            try await database.owner.execute("CREATE TABLE item (id uuid PRIMARY KEY, text text, sha bytea)")
            let ids = (0..<10_000).map { _ in SegmentID.random() }
            let texts = ids.map { id in id.low.isMultiple(of: 2) ? id.description : nil }
            let shas = ids.map(\.bytes)
            let count = try await database.owner.execute(
                "INSERT INTO item SELECT * FROM unnest(\(ids), \(texts), \(shas))"
            )
            #expect(count == 10_000)
            let row = try await database.owner.query(
                "SELECT count(*) AS rows, count(text) AS texts, count(DISTINCT sha) AS shas FROM item"
            )[0]
            #expect(try row.decode(Int.self, "rows") == 10_000)
            #expect(try row.decode(Int.self, "texts") == texts.count { $0 != nil })
            #expect(try row.decode(Int.self, "shas") == 10_000)
        }
    }

    @Test("JSON documents go in and out of jsonb")
    func json() async throws {
        try await withDatabase { database in
            let row = try await database.app.query(
                "SELECT \(PostgresJSON("{\"b\":1,\"a\":[\"é\"]}")) AS d, \(PostgresJSON("{\"x\":7}"))->>'x' AS x"
            )[0]
            #expect(try row.decode(PostgresJSON.self, "d").text == #"{"a": ["é"], "b": 1}"#)
            #expect(try row.decode("x") == "7")
        }
    }

    @Test("sums, counts and enums are read with their own types")
    func wider() async throws {
        try await withDatabase { database in
            try await database.owner.executeScript("CREATE TYPE mood AS ENUM ('calm', 'loud')")
            let row = try await database.owner.query(
                """
                SELECT sum(x) AS sum, sum(-x) AS minus, sum(x) * 0 AS zero, 10000::numeric AS myriad,
                       1.5::numeric AS fraction, 1e30::numeric AS huge, 7::smallint AS small, 1.5::real AS real,
                       \("loud")::mood AS mood, 'n'::name AS name
                FROM (VALUES (9223372036854775000::bigint), (807)) AS v(x)
                """
            )[0]
            #expect(try row.decode(Int.self, "sum") == Int.max)
            #expect(try row.decode(Int.self, "minus") == -Int.max)
            #expect(try row.decode(Int.self, "zero") == 0)
            #expect(try row.decode(Int.self, "myriad") == 10_000)
            #expect(throws: PostgresError.self) { try row.decode(Int.self, "fraction") }
            #expect(throws: PostgresError.self) { try row.decode(Int.self, "huge") }
            #expect(try row.decode(Int.self, "small") == 7)
            #expect(try row.decode(Double.self, "real") == 1.5)
            #expect(try row.decode(Mood.self, "mood") == .loud)
            #expect(try row.decode("name") == "n")
        }
    }

    private enum Mood: String, PostgresEncodable, PostgresDecodable { case calm, loud }

    @Test("a column that has another type or does not exist is named in the error")
    func mismatch() async throws {
        try await withDatabase { database in
            let row = try await database.app.query("SELECT 'secret'::text AS word, 70000 AS number")[0]
            let type = #expect(throws: PostgresError.self) { try row.decode(Bool.self, "word") }
            #expect(type?.message == "column \"word\" of type text cannot be read as Bool")
            let range = #expect(throws: PostgresError.self) { try row.decode(Int16.self, "number") }
            #expect(range?.message == "column \"number\" holds a number that is not in the range of Int16")
            let missing = #expect(throws: PostgresError.self) { try row.decode(Int.self, "nothing") }
            #expect(missing?.message == "the result has no column \"nothing\"")
        }
    }
}
