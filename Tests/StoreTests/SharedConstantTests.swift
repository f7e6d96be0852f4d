import Blobs
import DatabaseTestSupport
import Foundation
import Model
import Postgres
import Store
import Testing

/// The Swift side owns each of these values: the database must have the same.
@Suite("Values that both the program and the database know", .serialized)
struct SharedConstantTests {
    /// The constraints that concern only this column, as the server writes them.
    private func checks(_ fixture: StoreFixture, _ table: String, _ column: String) async throws -> String {
        try await fixture.database.owner.query(
            """
            SELECT pg_get_constraintdef(c.oid) AS text FROM pg_constraint AS c
                JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND c.conkey = ARRAY[a.attnum]
            WHERE c.contype = 'c' AND c.conrelid = format('packaging.%I', \(table))::regclass AND a.attname = \(column)::name
            """
        ).map { try $0.decode(String.self, "text") }.joined(separator: "\n")
    }

    private func constraint(_ fixture: StoreFixture, _ name: String) async throws -> String {
        try await fixture.database.owner.query(
            """
            SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint
            WHERE connamespace = 'packaging'::regnamespace AND conname = \(name)::name
            """
        ).map { try $0.decode(String.self, "text") }.joined(separator: "\n")
    }

    private func words(_ text: String) -> [String] { text.matches(of: /'([a-z0-9_]+)'::text/).map { String($0.1) } }

    private func numbers(_ text: String) -> [Int] { text.matches(of: /\d+/).compactMap { Int($0.0) } }

    /// The results of a function of one text for each of the words.
    private func answers(_ fixture: StoreFixture, _ function: String, _ words: [String]) async throws -> [Int?] {
        try await fixture.database.owner.query(
            """
            SELECT packaging.\(unescaped: function)(word) AS answer
            FROM unnest(\(words)) WITH ORDINALITY AS u (word, place) ORDER BY place
            """
        ).map { try $0.decode(Int32?.self, "answer").map(Int.init) }
    }

    @Test("the platforms, and their order, are the same")
    func platforms() async throws {
        try await withStore { fixture in
            let platforms = Platform.allCases.map(\.rawValue)
            for table in ["packaging_jobs", "packages"] {
                let known = words(try await checks(fixture, table, "platform_id"))
                #expect(known == platforms, "\(table)")
            }
            let ranks = try await answers(fixture, "platform_rank", platforms)
            #expect(ranks == Array(1...platforms.count))
        }
    }

    @Test("the statuses of a job are the same, with those that run, the final ones, and the order of the running")
    func statuses() async throws {
        try await withStore { fixture in
            let all = JobStatus.allCases
            let running = all.filter { !$0.isTerminal && $0 != .queued }.map(\.rawValue)
            let ended = all.filter(\.isTerminal).map(\.rawValue)
            let known = words(try await checks(fixture, "packaging_jobs", "status"))
            #expect(known == all.map(\.rawValue))
            let leased = words(try await constraint(fixture, "running_is_leased"))
            #expect(leased == running)
            let timed = words(try await constraint(fixture, "ended_has_time"))
            #expect(timed == ended)
            let ranks = try await answers(fixture, "running_status_rank", all.map(\.rawValue))
            // The two statuses in which audio is got together have the same place.
            #expect(ranks == all.map { status in running.firstIndex(of: status.rawValue).map { max(1, $0) } })
        }
    }

    @Test(
        "the other words of columns are the same",
        arguments: [
            ("packages", "package_format", PackageFormat.allCases.map(\.rawValue)),
            ("packages", "storage_tier", StorageTier.allCases.map(\.rawValue)),
            ("chapters", "kind", ChapterKind.allCases.map(\.rawValue)),
            ("projects", "cover_format", Cover.Format.allCases.map(\.rawValue)),
        ]
    )
    func columns(table: String, column: String, values: [String]) async throws {
        try await withStore { fixture in
            let known = words(try await checks(fixture, table, column))
            #expect(known == values)
        }
    }

    @Test("the limits are the same")
    func limits() async throws {
        try await withStore { fixture in
            func bounds(_ range: ClosedRange<Int>) -> [Int] { [range.lowerBound, range.upperBound] }
            let days = try await checks(fixture, "tenants", "default_retention_days")
            #expect(numbers(days) == bounds(StoreLimits.retentionDays))
            #expect(numbers(try await checks(fixture, "segments", "text")) == [StoreLimits.segmentTextBytes])
            let lease = try await checks(fixture, "queue_settings", "lease_seconds")
            #expect(numbers(lease) == bounds(QueueSettings.leaseBounds))
            for column in ["keep_jobs_days", "keep_events_days", "keep_deleted_days", "keep_audit_days"] {
                let days = try await checks(fixture, "queue_settings", column)
                #expect(numbers(days) == bounds(Retention.bounds))
            }
            let requestID = try await checks(fixture, "requests", "request_id")
            #expect(numbers(requestID) == bounds(StoreLimits.requestIDLength))
            let slug = try await checks(fixture, "projects", "slug")
            let slugLength = bounds(StoreLimits.slugLength).map(String.init).joined(separator: ",")
            #expect(slug.contains("'^[a-z0-9-]{\(slugLength)}$'"), "\(slug)")
            // The pattern has the first character, and then the others.
            let name = try await checks(fixture, "tenants", "name")
            #expect(name.contains("'^[a-z0-9][a-z0-9-]{0,\(StoreLimits.tenantNameLength.upperBound - 1)}$'"), "\(name)")
        }
    }

    @Test("the default plan of a tenant is the same")
    func plan() async throws {
        try await withStore { fixture in
            let id = TenantID.random()
            try await fixture.database.owner.execute(
                "INSERT INTO packaging.tenants (id, name) VALUES (\(id), 'usual')",
                settings: [("packaging.tenant", id.description)]
            )
            #expect(try await fixture.store.tenants.tenant(named: "usual") == Tenant(id: id, name: "usual"))
        }
    }

    @Test("the containers of a tenant, and the places of content in them, are the same")
    func containers() async throws {
        try await withStore { fixture in
            let (tenant, digest) = (TenantID.random(), digest("content"))
            let row = try await fixture.database.owner.query(
                """
                SELECT packaging.temp_container(\(tenant)) AS temp, packaging.archive_container(\(tenant)) AS archive,
                    packaging.audio_container(\(tenant)) AS audio, packaging.content_path('covers', \(digest)) AS path
                """
            )[0]
            #expect(try row.decode("temp") == TenantContainers.temp(of: tenant))
            #expect(try row.decode("archive") == TenantContainers.archive(of: tenant))
            let location = BlobLocation(container: try row.decode("audio"), path: try row.decode("path"))
            #expect(location == TenantContainers.content("covers", digest, of: tenant))
        }
    }
}
