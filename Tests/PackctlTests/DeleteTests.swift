import PackagingClient
import PackagingMessages
import Testing

@testable import PackctlCommands

@Suite("packctl delete")
struct DeleteTests {
    private static let project = "11111111-1111-4111-8111-111111111111"
    private static let temporary = "22222222-2222-4222-8222-222222222222"
    private static let archived = "33333333-3333-4333-8333-333333333333"
    private static let nothing = "44444444-4444-4444-8444-444444444444"

    @Test(
        "a package is deleted by its id, and the freed space is printed",
        arguments: [(1_500_000, "1.5 MB freed"), (0, "nothing freed, as another package shares its bytes")]
    )
    func package(_ bytes: Int, _ freed: String) async throws {
        let daemon = Self.daemon(bytes: Int64(bytes))
        let outcome = try await run(daemon, Self.temporary)
        #expect(outcome.status == .done)
        #expect(outcome.out == "deleted package \(Self.temporary): \(freed)\n")
        #expect(daemon[\.deleted] == ["package \(Self.temporary)"])
    }

    @Test(
        "a project without archived packages is deleted by its id or slug, without a question",
        arguments: ["p", "11111111-1111-4111-8111-111111111111"]
    )
    func project(_ name: String) async throws {
        let daemon = Self.daemon { $0.packages = [] }
        let outcome = try await run(daemon, name)
        #expect(outcome.status == .done)
        #expect(outcome.out == "deleted project \"p\": 0 packages, 12.3 MB freed\n")
        #expect(outcome.err.isEmpty)
        #expect(daemon[\.deleted] == ["project \(Self.project)"])
    }

    @Test("where no question can be asked, a project with archived packages stays, and it exits with 2")
    func nobodyToAsk() async throws {
        let daemon = Self.daemon()
        let outcome = try await run(daemon, "p")
        #expect(outcome.status == .usage)
        #expect(
            outcome.err == """
                packctl: cannot ask whether to delete project "p" with 2 packages, 1 of them archived
                hint: Run again with --yes to delete it without being asked.

                """
        )
        #expect(daemon[\.deleted].isEmpty)
    }

    @Test("--yes deletes archived packages without asking", arguments: ["--yes", "-y"])
    func yes(_ flag: String) async throws {
        let daemon = Self.daemon()
        let outcome = try await run(daemon, "p", flag, "--json")
        #expect(outcome.status == .done)
        #expect(outcome.out == "{\"packagesDeleted\":2,\"bytesFreed\":12345678}\n")
        #expect(daemon[\.deleted] == ["project \(Self.project)"])
    }

    @Test(
        "the answer decides, and only a yes deletes",
        arguments: [("y", true), ("YES", true), ("", false), ("n", false)]
    )
    func asked(_ answer: String, _ goes: Bool) async throws {
        let daemon = Self.daemon()
        let outcome = try await run(daemon, "p", answer: answer)
        #expect(outcome.err.hasPrefix("Delete project \"p\" with 2 packages, 1 of them archived? [y/N] "))
        #expect(outcome.status == (goes ? .done : .failed))
        #expect(daemon[\.deleted] == (goes ? ["project \(Self.project)"] : []))
        #expect(goes || outcome.err.hasSuffix("packctl: project \"p\" was not deleted\n"))
    }

    @Test("a name that is neither a project's nor a package's exits with 3")
    func notFound() async throws {
        let slug = try await run(Self.daemon(), "nope")
        #expect(slug.status == .notFound)
        #expect(
            slug.err == """
                packctl: project "nope" does not exist
                hint: List the projects with "packctl projects"; a package is named by its id.

                """
        )
        let id = try await run(Self.daemon(), Self.nothing)
        #expect(id.status == .notFound)
        #expect(id.err == "packctl: neither a project nor a package \"\(Self.nothing)\" exists\n")
    }

    private static func daemon(
        bytes: Int64 = 1_500_000,
        _ prepare: (inout ScriptedDaemon.State) -> Void = { _ in }
    ) -> ScriptedDaemon {
        ScriptedDaemon {
            $0.projects = [Project(id: project, slug: "p")]
            $0.packages = [
                Package(id: temporary, platformID: "kobo", storageTier: .temp, fileSizeBytes: bytes),
                Package(id: archived, platformID: "apple", storageTier: .archive, fileSizeBytes: 9),
            ]
            prepare(&$0)
        }
    }

    private func run(_ daemon: ScriptedDaemon, _ arguments: String..., answer: String? = nil) async throws -> Outcome {
        try await daemon.serve { address in
            await packctl(["delete", "--address", address] + arguments, answer: answer)
        }
    }
}
