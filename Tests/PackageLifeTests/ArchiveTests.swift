import Blobs
import Model
import Store
import Testing

@testable import Services

@Suite("Archive")
struct ArchiveTests {
    @Test("an archived package is in the archive container for the requested days, and its bytes count once")
    func moves() async throws {
        try await PackageLife.with { life in
            let id = try await life.package(try await life.project(), bytes: Array("the package".utf8))
            let before = try await life.look(id)
            try await life.setClock(seconds: 3600)
            let answer = try await life.service.archive(id.description, days: 30, tenant: life.tenant)
            #expect(answer.message == "Package archived. Will be deleted after 30 days.")
            #expect(answer.expiresAt == PackageLife.instant(3600 + 30 * PackageLife.day))

            let after = try await life.look(id)
            #expect(after.tier == .archive && after.archivedAt == PackageLife.instant(3600))
            #expect(after.expiresAt == answer.expiresAt)
            #expect(after.location.container == TenantContainers.archive(of: life.tenant))
            #expect((after.bytes, after.sha256) == (before.bytes, before.sha256))
            #expect(try await life.used == 11)
            #expect(try await life.faults() == [])
            await life.keepHouse()
            #expect(try life.files().count == 1, "the temporary copy is removed")
            #expect(try await life.download(id) == Array("the package".utf8))
        }
    }

    @Test("the plan decides the retention unless the caller names one")
    func planDecides() async throws {
        try await PackageLife.with { life in
            let id = try await life.package(try await life.project())
            try await life.store.tenants.put(
                Tenant(id: life.tenant, name: "local", quotaBytes: 1000, defaultRetentionDays: 45, jobsPerHour: 1000)
            )
            let answer = try await life.service.archive(id.description, days: 0, tenant: life.tenant)
            #expect(answer.message == "Package archived. Will be deleted after 45 days.")
            #expect(try await life.look(id).expiresAt == PackageLife.instant(45 * PackageLife.day))
        }
    }

    @Test("a retention below 7 or above 90 days is refused with the field and the bounds", arguments: [-1, 6, 91])
    func bounds(days: Int32) async throws {
        try await PackageLife.with { life in
            let id = try await life.package(try await life.project())
            let error = await #expect(throws: PackagingError.self) {
                try await life.service.archive(id.description, days: days, tenant: life.tenant)
            }
            #expect(error?.code == .invalidArgument)
            #expect(error?.message == "retention_days is \(days), and not 7 through 90")
            #expect(error?.fields.map(\.field) == ["retention_days"])
            #expect(try await life.look(id).tier == .temp)
        }
    }

    @Test("the shortest and the longest retention are kept", arguments: [7, 90])
    func edges(days: Int32) async throws {
        try await PackageLife.with { life in
            let id = try await life.package(try await life.project())
            _ = try await life.service.archive(id.description, days: days, tenant: life.tenant)
            #expect(try await life.look(id).expiresAt == PackageLife.instant(Double(days) * PackageLife.day))
        }
    }

    @Test("archiving an archived package restarts its retention and copies nothing")
    func again() async throws {
        try await PackageLife.with { life in
            let id = try await life.package(try await life.project())
            _ = try await life.service.archive(id.description, days: 7, tenant: life.tenant)
            let first = try await life.look(id)
            try await life.setClock(seconds: 6 * PackageLife.day)
            _ = try await life.service.archive(id.description, days: 7, tenant: life.tenant)
            let second = try await life.look(id)
            #expect(second.expiresAt == PackageLife.instant(13 * PackageLife.day))
            #expect(second.archivedAt == first.archivedAt && second.location == first.location)
        }
    }

    @Test("a package that shares the bytes reads them from the archive, and still expires at its own time")
    func sharers() async throws {
        try await PackageLife.with { life in
            let project = try await life.project()
            let google = try await life.package(project, .google)
            let spotify = try await life.package(project, .spotify, sharing: google)
            _ = try await life.service.archive(spotify.description, days: 30, tenant: life.tenant)
            let (first, second) = (try await life.look(google), try await life.look(spotify))
            #expect(first.location == second.location)
            #expect(first.tier == .temp && first.expiresAt == PackageLife.instant(PackageLife.day))
            #expect(second.tier == .archive && second.sameAs == google)
            #expect(try await life.used == first.bytes)

            // The other package is archived, too: its bytes stay where they are.
            _ = try await life.service.archive(google.description, days: 60, tenant: life.tenant)
            #expect(try await life.look(google).location == second.location)
            await life.keepHouse()
            #expect(try life.files().count == 1)
            #expect(try await life.faults() == [])
        }
    }

    @Test("many calls at once all succeed, and leave one copy")
    func atOnce() async throws {
        try await PackageLife.with { life in
            let project = try await life.project()
            let google = try await life.package(project, .google)
            let spotify = try await life.package(project, .spotify, sharing: google)
            try await withThrowingTaskGroup { group in
                for id in [google, spotify, google, spotify, google, spotify] {
                    group.addTask {
                        _ = try await life.service.archive(id.description, days: 7, tenant: life.tenant)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await life.look(google).location == life.look(spotify).location)
            #expect(try await life.faults() == [])
            await life.keepHouse()
            #expect(try life.files().count == 1)
            #expect(try await life.used == life.look(google).bytes)
        }
    }

    @Test("a daemon that dies after the copy leaves the package as it was, and the copy is found and removed")
    func dies() async throws {
        try await PackageLife.with { life in
            let id = try await life.package(try await life.project())
            let before = try await life.look(id)
            guard case .copyNeeded(let copy) = try await life.store.packages.archive(id, days: 7, tenant: life.tenant)
            else { Issue.record("no copy is wanted"); return }
            _ = try await life.blobs.copy(copy.source, to: copy.target)

            try await life.setClock(seconds: 3600, microseconds: -1)
            await life.keepHouse()
            #expect(try life.files().count == 2, "another daemon may still be at it")
            #expect(try await life.look(id) == before)
            try await life.setClock(seconds: 3600)
            await life.keepHouse()
            #expect(try life.files().count == 1)
            #expect(try await life.look(id) == before)

            // The daemon was only paused. What it does now changes no row, and the copy that it writes is removed once
            // more.
            let late = try await life.store.packages.archive(id, days: 7, with: copy, tenant: life.tenant)
            #expect(late == .tooLate)
            _ = try await life.blobs.copy(copy.source, to: copy.target)
            #expect(try life.files().count == 2)
            let fresh = try await life.service.archive(id.description, days: 7, tenant: life.tenant)
            #expect(fresh.id == id)
            try await life.setClock(seconds: 3600 + PackageLife.day)
            await life.keepHouse()
            #expect(try life.files().count == 1)
            #expect(try await life.faults() == [])
        }
    }

    @Test("bytes that differ from those that were packaged are not archived")
    func damaged() async throws {
        try await PackageLife.with { life in
            let id = try await life.package(try await life.project())
            let package = try await life.look(id)
            try await life.blobs.delete(package.location)
            try await life.put(Array("PACKAGE".utf8), at: package.location)
            let error = await #expect(throws: PackagingError.self) {
                try await life.service.archive(id.description, days: 7, tenant: life.tenant)
            }
            #expect(error?.code == .dataLoss && error?.reason == "PACKAGE_DAMAGED")
            #expect(try await life.look(id) == package)
        }
    }

    @Test("a package can be archived until the microsecond it expires, and not from then on")
    func expired() async throws {
        try await PackageLife.with { life in
            let project = try await life.project()
            let first = try await life.package(project, .google)
            let second = try await life.package(project, .apple)
            try await life.setClock(seconds: PackageLife.day, microseconds: -1)
            _ = try await life.service.archive(first.description, days: 7, tenant: life.tenant)
            try await life.setClock(seconds: PackageLife.day)
            let error = await #expect(throws: PackagingError.self) {
                try await life.service.archive(second.description, days: 7, tenant: life.tenant)
            }
            #expect(error?.code == .notFound)
            #expect(error?.message == "package \"\(second)\" does not exist")
            #expect(try await life.exists(first))
        }
    }
}
