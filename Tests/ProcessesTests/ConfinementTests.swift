import Concurrency
import Glibc
import Processes
import Testing

@Suite("Confinement", .timeLimit(.minutes(10)))
struct ConfinementTests {
    /// What the probe printed, by the first word of each line.
    private func probe(_ user: ChildSpecification.User?) async throws -> [Substring: [String]] {
        let (status, output) = try await Launcher().run(
            ChildSpecification(executable: testProgram("process-probe"), arguments: ["confined"], user: user)
        )
        #expect(status == .exited(0))
        return Dictionary(grouping: output.split(separator: "\n"), by: { $0.prefix { $0 != " " } })
            .mapValues { $0.map { String($0.drop { $0 != " " }.dropFirst()) } }
    }

    /// Root comes first, because most rights have to be refused to root.
    private static let users: [ChildSpecification.User?] =
        getuid() == 0 ? [nil, ChildSpecification.User(uid: 65_534, gid: 65_534)] : [nil]

    @Test("a confined process is refused everything that a hostile one would attempt", arguments: users)
    func attempts(user: ChildSpecification.User?) async throws {
        let lines = try await probe(user)
        #expect(lines["layer"]?.contains("seccomp") == true)
        let attempts = try #require(lines["try"])
        #expect(attempts.count >= 18)
        for attempt in attempts { #expect(attempt.hasPrefix("\(EPERM) "), "\(attempt)") }
    }

    @Test("a confined process can do what decoding needs", arguments: users)
    func needs(user: ChildSpecification.User?) async throws {
        let needs = try #require(try await probe(user)["need"])
        #expect(needs.count == 5)
        for need in needs { #expect(need.hasPrefix("0 "), "\(need)") }
    }

    @Test(
        "memory beyond the limit is refused to the child, and this process is not affected",
        .disabled(if: Sanitizer.isBuiltIn)
    )
    func memory() async throws {
        let child = ChildSpecification(
            executable: testProgram("process-probe"),
            arguments: ["memory"],
            limits: [.addressSpace: 1 << 30]
        )
        #expect(try await Launcher().run(child).status == .exited(3))
    }
}
