internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages

/// `packctl link PACKAGE`
struct LinkCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "link",
        abstract: "Print a link to a package that is good for an hour.",
        discussion: """
            The link needs no token: whoever has it can download the package.

            EXAMPLES
              curl -O "$(packctl link 5f0c9a52-6c1e-4f7a-9d0b-3f6f2f1f8f11)"
            """
    )

    @Argument(help: "The package's id.")
    var package: String

    @OptionGroup var global: GlobalOptions

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        let link = try await client.getDownloadLink(GetDownloadLinkRequest(packageID: package))
        show(link, on: console) { [link.url.printable] }
        return .done
    }
}
