import DatabaseTestSupport
import Model
import Postgres
import Services
import Store
import Testing

@Suite("Deleting packages")
struct DeletionTests {
    @Test("a deleted package is gone at once, its bytes no longer count, and they are soon removed")
    func deletes() async throws {
        try await PackageLife.with { life in
            let id = try await life.package(try await life.project())
            #expect(try await life.service.delete(id.description, tenant: life.tenant) == 7)
            #expect(try await !life.exists(id))
            #expect(try await life.used == 0)
            for _ in 0..<2 {
                let error = await #expect(throws: PackagingError.self) {
                    try await life.service.delete(id.description, tenant: life.tenant)
                }
                #expect(error?.code == .notFound)
            }
            #expect(try await life.unfinished() == 2)
            await life.keepHouse()
            #expect(try life.files().isEmpty)
            #expect(try await life.unfinished() == 0)
        }
    }

    @Test("bytes stay with the packages that share them, and the others then name the oldest of these as root")
    func heirs() async throws {
        try await PackageLife.with { life in
            let project = try await life.project()
            let google = try await life.package(project, .google)
            var others: [PackageID] = []
            for (index, platform) in [Platform.spotify, .acx, .apple].enumerated() {
                try await life.setClock(seconds: Double(index + 1))
                others.append(try await life.package(project, platform, sharing: google))
            }
            #expect(try await life.service.delete(google.description, tenant: life.tenant) == 0)
            #expect(try await life.look(others[0]).sameAs == nil)
            #expect(try await life.look(others[1]).sameAs == others[0])
            #expect(try await life.look(others[2]).sameAs == others[0])
            // One package in the middle is deleted: nothing changes for the others.
            #expect(try await life.service.delete(others[1].description, tenant: life.tenant) == 0)
            #expect(try await life.look(others[2]).sameAs == others[0])
            await life.keepHouse()
            #expect(try await life.download(others[2]) == Array("package".utf8))
            #expect(try await life.service.delete(others[0].description, tenant: life.tenant) == 0)
            #expect(try await life.service.delete(others[2].description, tenant: life.tenant) == 7)
            await life.keepHouse()
            #expect(try life.files().isEmpty)
            #expect(try await life.faults() == [])
        }
    }

    @Test("an object that a package refers to cannot be given up by anybody")
    func refusesToGiveUp() async throws {
        try await PackageLife.with { life in
            try await life.package(try await life.project())
            await #expect(throws: (any Error).self) {
                try await life.database.app.execute(
                    "UPDATE packaging.objects SET state = 'deleting'",
                    settings: [("packaging.tenant", life.tenant.description)]
                )
            }
            #expect(try await life.faults() == [])
        }
    }

    @Test("another tenant's package is neither deleted nor archived, and is reported as not found")
    func strangers() async throws {
        try await PackageLife.with { life in
            let id = try await life.package(try await life.project())
            let stranger = TenantID.random()
            try await life.store.tenants.put(Tenant(id: stranger, name: "stranger"))
            let refused = [
                await #expect(throws: PackagingError.self) {
                    try await life.service.delete(id.description, tenant: stranger)
                },
                await #expect(throws: PackagingError.self) {
                    try await life.service.archive(id.description, days: 7, tenant: stranger)
                },
            ]
            #expect(refused.map(\.?.message) == Array(repeating: "package \"\(id)\" does not exist", count: 2))
            #expect(try await life.look(id).tier == .temp)
        }
    }

    @Test("bytes that could not be removed are removed later")
    func repeats() async throws {
        try await PackageLife.with { life in
            let id = try await life.package(try await life.project())
            _ = try await life.service.delete(id.description, tenant: life.tenant)
            // A daemon claims the removal and dies.
            #expect(try await life.store.packages.claimRemovals().count == 1)
            await life.keepHouse()
            #expect(try life.files().count == 1, "somebody is at it")
            try await life.setClock(seconds: 301)
            await life.keepHouse()
            #expect(try life.files().isEmpty)
            #expect(try await life.store.packages.claimRemovals().isEmpty)
        }
    }
}
