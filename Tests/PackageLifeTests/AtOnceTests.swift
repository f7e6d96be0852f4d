import Housekeeping
import Model
import Services
import Store
import Testing

@Suite("Many at once")
struct AtOnceTests {
    @Test("packages that are shared, deleted, archived and swept at once never lose bytes that one of them needs")
    func sharesAgainstDeletions() async throws {
        try await PackageLife.with { life in
            try await life.store.tenants.put(
                Tenant(
                    id: life.tenant,
                    name: "local",
                    quotaBytes: 1_000_000,
                    versionLimit: 100,
                    jobsPerHour: 10_000,
                    runningCap: 100
                )
            )
            let others: [Platform] = [.spotify, .acx, .apple, .kobo]
            for round in 0..<6 {
                let project = try await life.project("book-\(round)")
                let root = try await life.package(project, .google, bytes: [UInt8(round)])
                var claims: [Claim] = []
                for platform in others { claims.append(try await life.claim(project, platform)) }
                let shared = try await withThrowingTaskGroup(of: PackageID?.self) { group in
                    for claim in claims {
                        group.addTask {
                            do {
                                return try await life.finish(claim, .shared(with: root))
                            } catch let error as PackageLife.NotFinished {
                                #expect(error.outcome == .objectGone)
                                return nil
                            }
                        }
                    }
                    group.addTask {
                        _ = try? await life.service.archive(root.description, days: 7, tenant: life.tenant)
                        _ = try await life.service.delete(root.description, tenant: life.tenant)
                        return nil
                    }
                    for _ in 0..<2 {
                        group.addTask {
                            for _ in 0..<5 { await life.cleaner.round() }
                            return nil
                        }
                    }
                    return try await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
                }
                await life.keepHouse()
                #expect(try await life.faults() == [])
                #expect(try await life.leftovers() == [])
                for id in shared { #expect(try await life.download(id) == [UInt8(round)]) }
            }
        }
    }

    @Test("64 jobs that finish at once never take more than the quota, and the counter is exact", arguments: 0..<3)
    func quota(round: Int) async throws {
        try await PackageLife.with { life in
            let size: Int64 = 100
            let room = 40
            try await life.store.tenants.put(
                Tenant(
                    id: life.tenant,
                    name: "local",
                    quotaBytes: Int64(room) * size + 50,
                    jobsPerHour: 10_000,
                    runningCap: 100
                )
            )
            var claims: [Claim] = []
            for number in 0..<13 {
                let project = try await life.project("book-\(number)")
                for platform in Platform.allCases where claims.count < 64 {
                    claims.append(try await life.claim(project, platform))
                }
            }
            let bytes = [UInt8](repeating: 1, count: Int(size))
            let outcomes = try await withThrowingTaskGroup(of: Bool.self) { group in
                for claim in claims {
                    group.addTask {
                        try await life.put(bytes, at: claim.location)
                        do {
                            _ = try await life.finish(claim, .stored(bytes: size, sha256: digest(bytes)))
                            return true
                        } catch let error as PackageLife.NotFinished {
                            guard case .quotaExceeded = error.outcome else { throw error }
                            return false
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes.count { $0 } == room)
            #expect(try await life.used == Int64(room) * size)
            #expect(try await life.faults() == [])
        }
    }
}
