import DatabaseTestSupport
import Model
import Postgres
import Store
import Testing

@Suite("Chapters that can be copied out of packages", .serialized)
struct PackagedChapterTests {
    private let chapter = PackagedChapter(
        encode: digest("encode"),
        offset: 70,
        bytes: 700,
        sha256: digest("audio"),
        packetSizes: [1, 255, 256, 767]
    )

    @Test("chapters are found in living packages of their project, and are forgotten when the bytes are deleted")
    func chapters() async throws {
        try await withStore { fixture in
            try await fixture.setClock(seconds: 0)
            let (_, claim) = try await fixture.made(chapters: [chapter])
            let packages = fixture.store.packages
            func found(_ project: ProjectID) async throws -> [Digest: ChapterSource] {
                try await packages.chapters([digest("encode"), digest("no")], project: project, tenant: fixture.tenant)
            }
            let source = try #require(try await found(claim.project)[digest("encode")])
            #expect(source.chapter == chapter && source.location == claim.location)
            #expect(try await found(claim.project).count == 1)
            #expect(try await found(try await fixture.project("other")).isEmpty)
            try await fixture.setClock(seconds: 86_400)
            #expect(try await found(claim.project).isEmpty)
            try await fixture.setClock(seconds: 1)
            // The same steps as archiving: the bytes are copied, the packages refer to the copy, and the first object
            // is given up.
            let owner = fixture.database.owner
            let moved: [SQL] = [
                """
                INSERT INTO packaging.objects (tenant_id, blob_container, blob_path, size_bytes, sha256)
                SELECT tenant_id, 'archive', blob_path, size_bytes, sha256 FROM packaging.objects
                """,
                """
                UPDATE packaging.packages SET object_id = o.id
                FROM packaging.objects AS o WHERE o.blob_container = 'archive'
                """,
                "UPDATE packaging.objects SET state = 'deleting' WHERE blob_container <> 'archive'",
            ]
            let settings = [("packaging.tenant", fixture.tenant.description)]
            _ = try await owner.transaction(moved, settings: settings)
            #expect(try await found(claim.project)[digest("encode")]?.location.container == "archive")
            let deleted: [SQL] = [
                "DELETE FROM packaging.packages",
                "UPDATE packaging.objects SET state = 'deleting' WHERE state = 'live'",
            ]
            _ = try await owner.transaction(deleted, settings: settings)
            let rows = try await owner.query("SELECT FROM packaging.object_chapters", settings: settings)
            #expect(rows.isEmpty)
        }
    }

    @Test("chapters are still found after the first package is gone, if another package has the same bytes")
    func sharedChapters() async throws {
        try await withStore { fixture in
            let (root, first) = try await fixture.made(chapters: [chapter])
            try await fixture.submit(first.project, [.spotify])
            let claim = try await fixture.claimOne()
            var package = fixture.package()
            package.content = .shared(with: root)
            _ = try await fixture.jobs.finish(claim, package)
            _ = try await fixture.database.owner.query(
                "DELETE FROM packaging.packages WHERE id = \(root)",
                settings: [("packaging.tenant", fixture.tenant.description)]
            )
            let found = try await fixture.store.packages.chapters(
                [digest("encode")],
                project: first.project,
                tenant: fixture.tenant
            )
            #expect(found[digest("encode")]?.location == first.location)
        }
    }
}
