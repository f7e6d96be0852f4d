import Model
import Store
import Testing

@testable import Services

@Suite("Version limit")
struct VersionLimitTests {
    private func archive(_ id: PackageID, _ life: PackageLife) async throws -> ArchivedPackage {
        try await life.service.archive(id.description, days: 7, tenant: life.tenant)
    }

    private func plan(_ life: PackageLife, limit: Int, drops: Bool) async throws {
        try await life.store.tenants.put(
            Tenant(
                id: life.tenant,
                name: "local",
                quotaBytes: 1_000_000,
                versionLimit: limit,
                dropsOldestVersion: drops,
                jobsPerHour: 1000,
                runningCap: 100
            )
        )
    }

    @Test(
        "three versions of a platform are archived unless the plan says otherwise, and the fourth is refused in words"
    )
    func refuses() async throws {
        try await PackageLife.with { life in
            let project = try await life.project()
            var ids: [PackageID] = []
            for number in 0..<4 { ids.append(try await life.package(project, bytes: [UInt8(number)])) }
            for id in ids.prefix(3) { _ = try await archive(id, life) }
            let error = await #expect(throws: PackagingError.self) { try await archive(ids[3], life) }
            #expect(error?.code == .resourceExhausted && error?.reason == "VERSION_LIMIT")
            #expect(
                error?.message
                    == "cannot archive package \"\(ids[3])\": 3 versions are archived for \"google\", and the plan keeps 3"
            )
            #expect(error?.detail == "Versions 1, 2 and 3 of the book are archived.")
            #expect(error?.hint?.contains("packctl delete") == true)
            #expect(try await life.look(ids[3]).tier == .temp)

            // An archived package can be archived again, and another platform or book has three versions of its own.
            _ = try await archive(ids[0], life)
            _ = try await archive(try await life.package(project, .apple), life)
            _ = try await archive(try await life.package(try await life.project("other")), life)
            // Deleting one, or the expiry of one, makes room.
            _ = try await life.service.delete(ids[1].description, tenant: life.tenant)
            _ = try await archive(ids[3], life)
            #expect(try await life.faults() == [])
        }
    }

    @Test("archived versions that have expired do not count, even before they are removed")
    func expiredDoNotCount() async throws {
        try await PackageLife.with { life in
            try await plan(life, limit: 1, drops: false)
            let project = try await life.project()
            _ = try await archive(try await life.package(project), life)
            try await life.setClock(seconds: 7 * PackageLife.day)
            _ = try await archive(try await life.package(project), life)
            await life.keepHouse()
            #expect(try await life.faults() == [])
        }
    }

    @Test("on a plan that drops the oldest version, archiving drops it in the same step, and the answer says so")
    func drops() async throws {
        try await PackageLife.with { life in
            try await plan(life, limit: 2, drops: true)
            let project = try await life.project()
            var ids: [PackageID] = []
            for number in 0..<4 { ids.append(try await life.package(project, bytes: [UInt8(number)])) }
            // The packages are archived out of order: the oldest is the one with the smallest version.
            _ = try await archive(ids[1], life)
            _ = try await archive(ids[0], life)
            let third = try await archive(ids[2], life)
            #expect(
                third.message
                    == "Package archived. Will be deleted after 7 days. Version 1 was deleted, as the plan keeps 2."
            )
            #expect(try await !life.exists(ids[0]))
            #expect(try await life.exists(ids[1]))
            #expect(try await life.used == 3)

            try await plan(life, limit: 1, drops: true)
            let fourth = try await archive(ids[3], life)
            #expect(fourth.message.hasSuffix("Versions 2 and 3 were deleted, as the plan keeps 1."))
            #expect(try await life.used == 1)
            await life.keepHouse()
            #expect(try life.files().count == 1)
            #expect(try await life.faults() == [])
        }
    }

    @Test("a dropped version leaves its bytes to the package that shares them")
    func dropsASharer() async throws {
        try await PackageLife.with { life in
            try await plan(life, limit: 1, drops: true)
            let project = try await life.project()
            let first = try await life.package(project)
            let second = try await life.package(project, .google, sharing: first)
            _ = try await archive(first, life)
            _ = try await archive(second, life)
            #expect(try await !life.exists(first))
            #expect(try await life.look(second).sameAs == nil)
            await life.keepHouse()
            #expect(try await life.download(second) == Array("package".utf8))
            #expect(try await life.faults() == [])
        }
    }
}
