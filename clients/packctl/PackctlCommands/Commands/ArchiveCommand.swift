internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages

/// `packctl archive PACKAGE`
struct ArchiveCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive",
        abstract: "Keep a package for longer than a day.",
        discussion: """
            A package is kept for 24 hours, an archived one for 7 to 90 days. Archiving an archived package begins its days \
            anew. A plan limits how many versions are archived for a platform; where it drops none by itself, delete one first.

            EXAMPLES
              packctl archive 5f0c9a52-6c1e-4f7a-9d0b-3f6f2f1f8f11
              packctl archive 5f0c9a52-6c1e-4f7a-9d0b-3f6f2f1f8f11 --retention-days 90
            """
    )

    @Argument(help: "The package's id.")
    var package: String

    @Option(help: ArgumentHelp("Days to keep it, 7 through 90; the tenant's plan decides otherwise.", valueName: "n"))
    var retentionDays: Int32?

    @OptionGroup var global: GlobalOptions

    func checkArguments() throws {
        if let retentionDays, !(7...90).contains(retentionDays) {
            throw Complaint(.usage, "--retention-days must be 7 through 90, not \(retentionDays)")
        }
    }

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        let request = ArchiveRequest(packageID: package, retentionDays: retentionDays ?? 0)
        let reply = try await client.archive(request)
        show(reply, on: console) { [reply.message.printable] }
        return .done
    }
}
