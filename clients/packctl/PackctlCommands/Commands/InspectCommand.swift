internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages
internal import Protobuf

/// `packctl inspect FILE --platform P`
struct InspectCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Decode a file of your own and judge it by a platform's rules.",
        discussion: """
            The file is sent to the daemon, decoded and judged there as validate judges a package, and nothing of it is \
            kept. Exit code 0 when it is valid, 5 when it is not.

            EXAMPLES
              packctl inspect audiobook.m4b --platform apple
              packctl inspect upload.zip --platform acx --json
            """
    )

    /// The largest file that the daemon accepts.
    private static let limit = 4 << 30

    @Argument(help: ArgumentHelp("An M4B, ZIP or EPUB file.", valueName: "file"), completion: .file())
    var file: String

    @Option(
        help: ArgumentHelp("The platform by whose rules to judge.", valueName: "p"),
        completion: Completion.platforms
    )
    var platform: String

    @OptionGroup var global: GlobalOptions

    func checkArguments() throws {
        try PlatformName.check(platform)
        _ = try ArgumentFile(file, as: "package", limit: Self.limit)
    }

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        let file = try ArgumentFile(file, as: "package", limit: Self.limit)
        let header = InspectHeader(platformID: platform, sizeBytes: Int64(file.bytes))
        let live = LiveLines(console)
        defer { live.close(keepingLines: false) }
        let total = Quantities.size(file.bytes)
        let report = try await client.inspect(Upload(header, path: file.path)) { sent in
            let line =
                sent < file.bytes ? "sending \(Quantities.size(sent)) of \(total)" : "decoding \(total)"
            live.show([line.truncated(to: live.width)])
        }
        live.close(keepingLines: false)
        show(report, on: console) { ValidateCommand.lines(report) }
        return report.valid ? .done : .notReady
    }
}
