internal import ArgumentParser
internal import PackagingClient
internal import Wire

/// `packctl link PACKAGE`
struct LinkCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "link",
        abstract: "Print a link to a package that is good for an hour."
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
