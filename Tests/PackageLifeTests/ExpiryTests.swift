import Housekeeping
import Model
import Services
import Store
import TestSupport
import Testing

@Suite("Expiry")
struct ExpiryTests {
    /// What callers learn about a package.
    private func isThere(_ id: PackageID, _ project: ProjectID, _ life: PackageLife) async throws -> [Bool] {
        let listed = try await life.service.packages(
            of: project.description,
            platform: nil,
            try PageRequest(size: 0, token: ""),
            tenant: life.tenant
        )
        let link = await #expect(throws: PackagingError.self) {
            try await life.service.link(to: id.description, tenant: life.tenant)
        }
        return [
            try await life.exists(id),
            listed.page.elements.contains { $0.id == id },
            (try? await life.download(id)) != nil,
            link?.code == .failedPrecondition,
            try await life.store.packages.record(validation: .valid, of: id, tenant: life.tenant),
        ]
    }

    @Test("a temporary package is there for 24 hours to the microsecond, whether or not it is removed by then")
    func temporary() async throws {
        try await PackageLife.with { life in
            let project = try await life.project()
            let id = try await life.package(project)
            try await life.setClock(seconds: PackageLife.day, microseconds: -1)
            await life.keepHouse()
            #expect(try await isThere(id, project, life) == [true, true, true, true, true])
            try await life.setClock(seconds: PackageLife.day)
            #expect(try await isThere(id, project, life) == [false, false, false, false, false])
            #expect(try await life.used == 7, "nobody came by yet")
            await life.keepHouse()
            #expect(try await life.used == 0)
            #expect(try life.files().isEmpty)
            #expect(try await life.faults() == [])
        }
    }

    @Test("an archived package is there for its retention to the microsecond")
    func archived() async throws {
        try await PackageLife.with { life in
            let project = try await life.project()
            let id = try await life.package(project)
            try await life.setClock(seconds: 100)
            _ = try await life.service.archive(id.description, days: 7, tenant: life.tenant)
            let end = 100 + 7 * PackageLife.day
            try await life.setClock(seconds: end, microseconds: -1)
            await life.keepHouse()
            #expect(try await isThere(id, project, life) == [true, true, true, true, true])
            try await life.setClock(seconds: end)
            #expect(try await isThere(id, project, life) == [false, false, false, false, false])
            await life.keepHouse()
            #expect(try life.files().isEmpty)
            #expect(try await life.faults() == [])
        }
    }

    @Test("a package that expires leaves its bytes to one that shares them and lives on")
    func sharer() async throws {
        try await PackageLife.with { life in
            let project = try await life.project()
            let google = try await life.package(project, .google)
            let spotify = try await life.package(project, .spotify, sharing: google)
            _ = try await life.service.archive(spotify.description, days: 7, tenant: life.tenant)
            try await life.setClock(seconds: PackageLife.day)
            await life.keepHouse()
            #expect(try await !life.exists(google))
            #expect(try await life.look(spotify).sameAs == nil)
            #expect(try await life.download(spotify) == Array("package".utf8))
            #expect(try await life.used == 7)
            #expect(try await life.faults() == [])
        }
    }

    @Test("the cleaners of many daemons delete each expired package once, and leave nothing behind")
    func together() async throws {
        try await PackageLife.with { life in
            let project = try await life.project()
            for number in 0..<12 { try await life.package(project, bytes: [UInt8(number)]) }
            try await life.setClock(seconds: PackageLife.day)
            let rounds = await withTaskGroup { group in
                for _ in 0..<6 { group.addTask { await life.cleaner.round() } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(rounds.map(\.expired).reduce(0, +) == 12)
            await life.keepHouse()
            #expect(try life.files().isEmpty)
            #expect(try await life.used == 0)
            #expect(try await life.faults() == [])
        }
    }

    @Test("files of a dead attempt are removed 15 minutes later, and once more after a day")
    func deadTries() async throws {
        try await PackageLife.with { life in
            let claim = try await life.claim(try await life.project())
            try await life.put([1], at: claim.location)
            try await life.setClock(seconds: 31)
            _ = try await life.store.jobs.sweep()
            await life.keepHouse()
            #expect(try life.files().count == 1)
            try await life.setClock(seconds: 31 + 901)
            await life.keepHouse()
            #expect(try life.files().isEmpty)
            // The daemon was only paused, and finishes its upload now.
            try await life.put([1], at: claim.location)
            try await life.setClock(seconds: 32 + PackageLife.day)
            await life.keepHouse()
            #expect(try life.files().isEmpty)
        }
    }
}
