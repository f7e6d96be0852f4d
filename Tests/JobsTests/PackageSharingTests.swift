import Model
import Testing

@testable import Jobs

@Suite("Jobs that share a package")
struct PackageSharingTests {
    private let recipes: [Platform: Digest]
    private let sharing = PackageSharing([.apple, .google, .spotify, .acx])

    init() throws {
        let zip = try #require(Digest(bytes: [UInt8](repeating: 1, count: 32)))
        let other = try #require(Digest(bytes: [UInt8](repeating: 2, count: 32)))
        recipes = [.apple: other, .google: zip, .spotify: zip, .acx: zip]
    }

    @Test("the first job of a recipe makes its own package, and the other jobs use it")
    func shared() async throws {
        #expect(try await sharing.package(for: .google, recipes: recipes) == nil)
        let package = PackageID.random()
        async let spotify = sharing.package(for: .spotify, recipes: recipes)
        sharing.ended(.google, with: package)
        #expect(try await spotify == package)
        sharing.ended(.spotify, with: .random())
        #expect(try await sharing.package(for: .acx, recipes: recipes) != nil)
    }

    @Test("when the first job fails, the next job makes its own package")
    func failed() async throws {
        sharing.ended(.google, with: nil)
        #expect(try await sharing.package(for: .spotify, recipes: recipes) == nil)
    }

    @Test("a job with a recipe of its own, or without a recipe, does not wait for another job")
    func alone() async throws {
        #expect(try await sharing.package(for: .apple, recipes: recipes) == nil)
        #expect(try await sharing.package(for: .acx, recipes: [:]) == nil)
        // Another daemon has claimed the other jobs.
        let alone = PackageSharing([.google])
        #expect(try await alone.package(for: .google, recipes: recipes) == nil)
    }

    @Test("a job that is stopped while it waits stops at once")
    func cancelled() async throws {
        let waiting = Task { [sharing, recipes] in try await sharing.package(for: .spotify, recipes: recipes) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }
}
