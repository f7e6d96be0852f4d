internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages

internal import enum Model.Suggestion

/// `packctl grant PROJECT --user U --role R`
struct GrantCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant",
        abstract: "Set what a user may do with a project.",
        discussion: """
            A reader sees the book, its jobs and its packages, and downloads them. A packager also makes, checks, archives and \
            deletes packages. An owner also changes and deletes the book, and sets roles. The role takes the place of the one \
            that the user has; "none" takes that away. For owners, callers with the scope admin, and the local operator.

            EXAMPLES
              packctl grant the-knot-keeper --user ana --role packager
              packctl grant the-knot-keeper --user ana --role none
            """
    )

    @Argument(help: "The project's id or slug.", completion: Completion.projects)
    var project: String

    @Option(help: ArgumentHelp("The user, as tokens name it in their claim \"user\".", valueName: "name"))
    var user: String

    @Option(
        help: ArgumentHelp("reader, packager, owner, or none.", valueName: "role"),
        completion: .list(RoleName.words)
    )
    var role: String

    @OptionGroup var global: GlobalOptions

    func checkArguments() throws {
        guard !user.isEmpty else { throw Complaint(.usage, "--user must not be empty") }
        _ = try RoleName.role(role)
    }

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        guard let role = try RoleName.role(self.role) else {
            let reply = try await client.deleteGrant(DeleteGrantRequest(project: project, user: user))
            show(reply, on: console) { ["\(user) has no role on \"\(project)\" any more".printable] }
            return .done
        }
        let grant = try await client.putGrant(PutGrantRequest(project: project, user: user, role: role))
        show(grant, on: console) { ["\(grant.user) is \(grant.role.word ?? "-") of \"\(project)\"".printable] }
        return .done
    }
}

/// The roles as users write them.
enum RoleName {
    /// What takes a role away.
    static let none = "none"

    private static let roles: [(word: String, role: ProjectRole)] = [
        ("reader", .reader), ("packager", .packager), ("owner", .owner),
    ]

    /// All words, the one for no role last.
    static var words: [String] { roles.map(\.word) + [none] }

    /// The role of a word; nil for "none".
    ///
    /// - Throws: ``Complaint`` if it is no word for a role.
    static func role(_ text: String) throws(Complaint) -> ProjectRole? {
        if text == none { return nil }
        if let known = roles.first(where: { $0.word == text }) { return known.role }
        throw Complaint(
            .usage,
            "role \"\(text)\" is not known",
            hint: Suggestion.nearest(to: text, in: words).map { "Did you mean \"\($0)\"?" }
                ?? "Known are \(Suggestion.list(words, conjunction: "and"))."
        )
    }
}
