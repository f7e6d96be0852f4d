import Model
import Services
import Store
import TestSupport
import Testing

/// A model of packages, in memory: which of them share bytes, until when each is kept, and how many bytes all of them
/// take.
private struct LifeModel {
    struct Package: Equatable {
        var object: Int
        var bytes: Int64
        var platform: Platform
        var version: Int
        var isArchived = false
        var expiresAt: Double
        var number: Int
    }

    var now = 0.0
    var packages: [PackageID: Package] = [:]
    var versions: [Platform: Int] = [:]
    private var count = 0

    /// Packages that are not past their time.
    var living: [PackageID: Package] { packages.filter { $0.value.expiresAt > now } }

    /// Bytes of all objects, each once.
    var used: Int64 {
        Dictionary(packages.values.map { ($0.object, $0.bytes) }) { first, _ in first }.values.reduce(0, +)
    }

    mutating func made(_ id: PackageID, _ platform: Platform, bytes: Int64, sharing other: PackageID?) {
        count += 1
        versions[platform, default: 0] += 1
        let object = other.flatMap { packages[$0]?.object } ?? count
        packages[id] = Package(
            object: object,
            bytes: bytes,
            platform: platform,
            version: versions[platform] ?? 0,
            expiresAt: now + PackageLife.day,
            number: count
        )
    }

    /// The root that each living package must name: the oldest of the packages that share its bytes.
    func root(of id: PackageID) -> PackageID? {
        guard let package = packages[id] else { return nil }
        let first = packages.filter { $0.value.object == package.object }.min { $0.value.number < $1.value.number }?.key
        return first == id ? nil : first
    }

    /// Archives a package, and drops the oldest archived versions above `limit` if `drops` is set.
    ///
    /// - Returns: Whether the package is archived now.
    mutating func archive(_ id: PackageID, days: Int, limit: Int, drops: Bool) -> Bool {
        guard let package = living[id] else { return false }
        if !package.isArchived {
            let archived = living.filter { $0.value.isArchived && $0.value.platform == package.platform }
            let excess = archived.count + 1 - limit
            if excess > 0 {
                guard drops else { return false }
                for victim in archived.sorted(by: { $0.value.version < $1.value.version }).prefix(excess) {
                    packages[victim.key] = nil
                }
            }
        }
        packages[id]?.isArchived = true
        packages[id]?.expiresAt = now + Double(days) * PackageLife.day
        return true
    }

    mutating func expire() { packages = living }
}

@Suite("Packages against their model")
struct LifeModelTests {
    /// The number of random lives, each with this number of steps. A failure prints the seed and the step.
    static let lives = 8, steps = 60

    @Test(
        "after any order of making, sharing, archiving, deleting and expiring, counters equal a recount",
        arguments: 0..<lives
    )
    func random(life number: Int) async throws {
        let seed = UInt64.random(in: .min ... .max)
        try await PackageLife.with { life in
            var generator = SeededGenerator(seed: seed)
            var model = LifeModel()
            let (limit, drops) = (2, number.isMultiple(of: 2))
            try await life.store.tenants.put(
                Tenant(
                    id: life.tenant,
                    name: "local",
                    quotaBytes: 1_000_000,
                    versionLimit: limit,
                    dropsOldestVersion: drops,
                    jobsPerHour: 10_000,
                    runningCap: 100
                )
            )
            let project = try await life.project()
            let platforms: [Platform] = [.google, .spotify]
            for step in 0..<Self.steps {
                let note: Comment = "seed \(seed), step \(step)"
                // No two packages are made at the same moment, because the older package is the one that the other
                // names.
                model.now += 1
                try await life.setClock(seconds: model.now)
                let any = model.packages.keys.sorted().randomElement(using: &generator)
                let platform = platforms[Int.random(in: 0...1, using: &generator)]
                switch (Int.random(in: 0..<12, using: &generator), any) {
                case (0...2, _):
                    let bytes = [UInt8](repeating: UInt8(step), count: Int.random(in: 1...9, using: &generator))
                    let id = try await life.package(project, platform, bytes: bytes)
                    model.made(id, platform, bytes: Int64(bytes.count), sharing: nil)
                case (3...4, let other?):
                    // A package that has expired may still be shared: its bytes are there until it is removed.
                    let bytes = try #require(model.packages[other]?.bytes, note)
                    let id = try await life.package(project, platform, sharing: other)
                    model.made(id, platform, bytes: bytes, sharing: other)
                case (5...7, let id?):
                    let days = Int.random(in: 7...9, using: &generator)
                    let isArchived = model.archive(id, days: days, limit: limit, drops: drops)
                    let answer = try? await life.service.archive(id.description, days: Int32(days), tenant: life.tenant)
                    #expect((answer != nil) == isArchived, note)
                case (8, let id?):
                    let isThere = model.living[id] != nil
                    let freed = try? await life.service.delete(id.description, tenant: life.tenant)
                    let before = model.used
                    if isThere { model.packages[id] = nil }
                    #expect(freed == (isThere ? before - model.used : nil), note)
                case (9, _):
                    await life.keepHouse()
                    model.expire()
                    #expect(try await life.leftovers() == [], note)
                default:
                    model.now += [1, 3600, PackageLife.day, 7 * PackageLife.day].randomElement(using: &generator) ?? 1
                }
                try await compare(life, model, project, note)
            }
            print("packages against their model: seed \(seed), \(model.versions.values.reduce(0, +)) packages")
            try await life.setClock(seconds: model.now + 100 * PackageLife.day)
            await life.keepHouse()
            // Places that may hold a copy which no package took over are emptied a second time.
            try await life.setClock(seconds: model.now + 102 * PackageLife.day)
            await life.keepHouse()
            #expect(try life.files().isEmpty, "seed \(seed)")
            #expect(try await life.unfinished() == 0, "seed \(seed)")
            #expect(try await life.used == 0, "seed \(seed)")
        }
    }

    private func compare(
        _ life: PackageLife,
        _ model: LifeModel,
        _ project: ProjectID,
        _ note: Comment
    ) async throws {
        try await life.setClock(seconds: model.now)
        #expect(try await life.faults() == [], note)
        #expect(try await life.used == model.used, note)
        let page = try await life.store.packages.packages(project: project, limit: 1000, tenant: life.tenant)
        #expect(Set(page.elements.map(\.id)) == Set(model.living.keys), note)
        for package in page.elements {
            let expected = model.packages[package.id]
            #expect(package.expiresAt == PackageLife.instant(expected?.expiresAt ?? 0), note)
            #expect((package.tier == .archive) == expected?.isArchived, note)
            #expect(package.version == expected?.version, note)
            #expect(package.sameAs == model.root(of: package.id), note)
        }
    }
}
