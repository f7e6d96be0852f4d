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
            The folder holds a book.yaml. Only audio that the daemon does not have is sent. Audio that is refused is named on \
            standard error, and makes the exit code 7: a segment keeps the audio that it had for the same words, or has none. \
            Importing a folder again updates its project.

            Another book is not replaced unasked. If it has the title's name already, this one gets a name with a number; if \
            it has the name of --slug, you are asked; where nobody can be asked, --replace is needed.

            EXAMPLES
              packctl import mybook
              packctl import mybook --slug the-knot-keeper-2
              packctl import rewritten --slug the-knot-keeper --replace
            """
    )

    @Argument(help: ArgumentHelp("The book's folder.", valueName: "dir"), completion: .directory)
    var directory: String

    @Option(help: ArgumentHelp("The project's name, when the one made from the title will not do.", valueName: "name"))
    var slug = ""

    @Flag(help: "Replace the project with this name, even if it is another book.")
    var replace = false

    @OptionGroup var global: GlobalOptions

    func execute() async throws -> CommandStatus {
        let console = Console.current
        guard BookPaths.isFolder(directory) else {
            throw Complaint(.notFound, "book folder \"\(directory)\" does not exist")
        }
        // The book is read before connecting, so that it can be checked where no daemon runs.
        let book = try BookReader.read(directory)
        return try await connected { client in
            try await BookImport(
                book: book,
                directory: directory,
                slug: slug,
                replaces: replace,
                client: client,
                console: console,
                json: global.json
            ).run()
        }
    }
}
