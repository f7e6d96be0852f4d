internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages

/// `packctl delete PACKAGE|PROJECT`
struct DeleteCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete a package, or a project with all it has.",
        discussion: """
            A slug names a project. An id is looked for among the projects first, for that changes nothing, and then among \
            the packages. With a project go its packages, its audio and its jobs.

            Before a project goes that has archived packages, you are asked; where nobody can be asked, --yes is needed.

            EXAMPLES
              packctl delete 5f0c9a52-6c1e-4f7a-9d0b-3f6f2f1f8f11
              packctl delete the-knot-keeper
              packctl delete the-knot-keeper --yes
            """
    )

    @Argument(
        help: ArgumentHelp("A package's id, or a project's id or slug.", valueName: "package-or-project"),
        completion: Completion.projects
    )
    var target: String

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @OptionGroup var global: GlobalOptions

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        if let project = try await client.project(target) {
            return try await delete(project, client, console)
        }
        // A slug practically never has the form of a package's id, and ids of packages have no other form.
        guard EntityID.isOne(target) else {
            throw Complaint(
                .notFound,
                "project \"\(target)\" does not exist",
                hint: "List the projects with \"packctl projects\"; a package is named by its id."
            )
        }
        let reply: DeletePackageReply
        do throws(PackagingError) {
            reply = try await client.deletePackage(DeletePackageRequest(packageID: target))
        } catch {
            guard error.code == .notFound else { throw error }
            throw Complaint(.notFound, "neither a project nor a package \"\(target)\" exists")
        }
        show(reply, on: console) {
            let freed =
                reply.bytesFreed > 0
                ? "\(Quantities.size(reply.bytesFreed)) freed"
                : "nothing freed, as another package shares its bytes"
            return ["deleted package \(target): \(freed)"]
        }
        return .done
    }

    private func delete(
        _ project: Project,
        _ client: PackagingClient,
        _ console: Console
    ) async throws -> CommandStatus {
        if !yes { try await confirm(project, client, console) }
        // The id is used, because an import may have given the slug to another book meanwhile.
        let reply = try await client.deleteProject(DeleteProjectRequest(project: project.id))
        show(reply, on: console) {
            [
                "deleted project \"\(project.slug)\": \(Quantities.count(reply.packagesDeleted, "package")), "
                    + "\(Quantities.size(reply.bytesFreed)) freed"
            ]
        }
        return .done
    }

    /// Returns if the project may be deleted.
    private func confirm(_ project: Project, _ client: PackagingClient, _ console: Console) async throws {
        let packages = try await client.packages(of: project.id).0
        let archived = packages.count { $0.storageTier == .archive }
        guard archived > 0 else { return }
        let kept =
            archived == packages.count
            ? Quantities.count(archived, "archived package")
            : "\(Quantities.count(packages.count, "package")), \(archived) of them archived"
        let what = "project \"\(project.slug)\" with \(kept)"
        guard let answer = try await console.ask("Delete \(what)? [y/N] ") else {
            throw Complaint(
                .usage,
                "cannot ask whether to delete \(what)",
                hint: "Run again with --yes to delete it without being asked."
            )
        }
        guard ["y", "yes"].contains(answer.trimmingWhitespace().lowercased()) else {
            throw Complaint(.failed, "project \"\(project.slug)\" was not deleted")
        }
    }
}

extension PackagingClient {
    /// The project `reference`, which is an id or a slug; nil if there is none.
    func project(_ reference: String) async throws(PackagingError) -> Project? {
        do throws(PackagingError) {
            return try await getProject(GetProjectRequest(project: reference))
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }
}
