import DatabaseTestSupport
import Model
import Postgres
import Store
import TestSupport
import Testing

@Suite("Rows that another release wrote", .serialized)
struct OtherReleaseTests {
    @Test("a repeated request is answered, even if this release does not know the platforms that it refused")
    func refusedPlatforms() async throws {
        try await withStore { fixture in
            let batch = NewBatch(
                project: try await fixture.project(),
                platforms: [.google],
                request: NewBatch.Request(id: "once", digest: digest("body")),
                refused: [RefusedPlatform(platform: .kobo, reasons: ["no text"])]
            )
            let first = try await fixture.jobs.create(batch, tenant: fixture.tenant)
            try await fixture.database.owner.executeScript(
                """
                UPDATE packaging.requests
                SET result = jsonb_set(result, '{note}', '[{"platform": "another", "reasons": ["no text"]}]')
                """
            )
            var again = try await fixture.jobs.create(batch, tenant: fixture.tenant)
            #expect(again.repeated && again.refused == batch.refused)
            again.repeated = false
            #expect(again == first)
        }
    }

    @Test("a package whose report cannot be read by this release is there, and counts as validated")
    func report() async throws {
        try await withStore { fixture in
            let (id, _) = try await fixture.made(validation: .valid)
            try await fixture.database.owner.executeScript(
                #"UPDATE packaging.packages SET validation_results = '{"verdict": 7}'"#
            )
            let package = try #require(try await fixture.store.packages.package(id, tenant: fixture.tenant))
            #expect(package.isValidated && package.validation == nil)
        }
    }
}
