internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages
internal import Protobuf

/// `packctl import DIR`
struct ImportCommand: PackctlCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Make or update a project from a book folder.",
        discussion: """
            The folder holds a book.yaml. Only audio that the daemon does not have is sent. Audio that is refused leaves its \
            segments without, is named on standard error, and makes the exit code 7. Importing a folder again updates its project.

            EXAMPLES
              packctl import mybook
              packctl import mybook --slug the-knot-keeper-2
            """
    )

    @Argument(help: ArgumentHelp("The book's folder.", valueName: "dir"), completion: .directory)
    var directory: String

    @Option(help: ArgumentHelp("The project's name, when the one made from the title will not do.", valueName: "name"))
    var slug = ""

    @OptionGroup var global: GlobalOptions

    func execute() async throws -> CommandStatus {
        let console = Console.current
        guard BookPaths.isFolder(directory) else {
            throw Complaint(.notFound, "book folder \"\(directory)\" does not exist")
        }
        // The book is read before connecting, so that it can be checked where no daemon runs.
        let book = try BookReader.read(directory)
        return try await connected { client in
            try await BookImport(book: book, slug: slug, client: client, console: console, json: global.json).run()
        }
    }
}
