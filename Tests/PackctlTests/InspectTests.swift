import PackagingMessages
import Protobuf
import Testing

@testable import PackctlCommands

@Suite("packctl inspect")
struct InspectTests {
    @Test("the whole file is sent with its size, and judged by the rules of the named platform")
    func sendsFile() async throws {
        let daemon = ScriptedDaemon()
        let text = String(repeating: "book", count: 200_000)
        let outcome = try await run(daemon, text, "--platform", "apple")
        #expect(outcome.status == .done, "\(outcome.err)")
        #expect(outcome.out == "valid\n")
        #expect(daemon[\.inspection?.header] == InspectHeader(platformID: "apple", sizeBytes: 800_000))
        #expect(daemon[\.inspection?.bytes] == 800_000)
    }

    @Test("a file that is not valid exits with 5, and its report has the form of validate's")
    func notValid() async throws {
        let issue = ValidationIssue(
            severity: "error",
            category: "cover",
            message: "No cover",
            details: "Cover: none, required: 1400x1400 pixels or more"
        )
        let daemon = ScriptedDaemon { $0.report = ValidationReport(issues: [issue]) }
        let outcome = try await run(daemon, "x", "--platform", "apple")
        #expect(outcome.status == .notReady)
        #expect(outcome.out == ValidateCommand.lines(daemon[\.report]).map { $0 + "\n" }.joined())
        let json = try await run(daemon, "x", "--platform", "apple", "--json")
        #expect(json.out == daemon[\.report].json + "\n")
        #expect(json.status == .notReady)
    }

    @Test(
        "a mistake in the command line of inspect is reported before the first call",
        arguments: [
            (["/", "--platform", "apple"], CommandStatus.usage, "\"/\" is not a file"),
            (["/nonexistent.zip", "--platform", "acx"], .notFound, "package file \"/nonexistent.zip\" does not exist"),
            (["/nonexistent.zip", "--platform", "amazon"], .usage, "platform \"amazon\" is not known"),
            (["/nonexistent.zip"], .usage, "missing expected argument '--platform <p>'"),
        ] as [([String], CommandStatus, String)]
    )
    func checks(_ arguments: [String], _ status: CommandStatus, _ message: String) async {
        let outcome = await packctl(["inspect", "--address", "/nonexistent/d.sock"] + arguments)
        #expect(outcome.status == status)
        #expect(outcome.err.hasPrefix("packctl: \(message)\n"), "\(outcome.err)")
    }

    private func run(_ daemon: ScriptedDaemon, _ content: String, _ options: String...) async throws -> Outcome {
        try await withFolder(["book.zip": content]) { folder in
            try await daemon.serve { address in
                await packctl(["inspect", folder + "/book.zip", "--address", address] + options)
            }
        }
    }
}
