internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages

/// `packctl packages PROJECT`
struct PackagesCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "packages",
        abstract: "List a project's packages, newest first.",
        discussion: """
            The current package of a platform is the one that the latest "create" made
            or found; "download --all" takes it. Below the packages stands how much of
            the tenant's storage is used.

            EXAMPLES
              packctl packages the-knot-keeper
              packctl packages the-knot-keeper --json
            """
    )

    @Argument(help: "The project's id or slug.", completion: Completion.projects)
    var project: String

    @OptionGroup var global: GlobalOptions

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        let (packages, quota) = try await client.packages(of: project)
        show(ListPackagesReply(packages: packages, storageQuota: quota), on: console) {
            Self.lines(packages, quota: quota, time: TimeText(), layout: console.layout)
        }
        return .done
    }

    static func lines(
        _ packages: [Package],
        quota: StorageQuota?,
        time: TimeText,
        layout: Table.Layout = .complete
    ) -> [String] {
        guard !packages.isEmpty else { return ["no packages; make some with \"packctl create PROJECT\""] }
        var table = Table(
            .init(heading: "PLATFORM"),
            .init(heading: "VER", isNumber: true),
            .init(heading: "CURRENT"),
            .init(heading: "SIZE", isNumber: true, givesWay: .leftOut(rank: 4)),
            .init(heading: "LENGTH", isNumber: true, givesWay: .leftOut(rank: 1)),
            .init(heading: "VALID", givesWay: .leftOut(rank: 6)),
            .init(heading: "TIER", givesWay: .leftOut(rank: 3)),
            .init(heading: "CREATED", givesWay: .leftOut(rank: 2)),
            .init(heading: "EXPIRES"),
            .init(heading: "PACKAGE", givesWay: .ownLine(rank: 5))
        )
        for package in packages {
            table.add(
                package.platformID,
                "\(package.version)",
                package.current ? "yes" : "-",
                Quantities.size(package.fileSizeBytes),
                Quantities.length(seconds: package.durationSeconds),
                package.verdict,
                package.storageTier.word ?? "-",
                package.createdAt.map { time.relative($0.date) } ?? "-",
                package.expiresAt.map { time.relative($0.date) } ?? "never",
                package.id
            )
        }
        var lines = table.lines(layout)
        if let quota, quota.limit > 0 {
            let (used, limit) = (Quantities.size(megabytes: quota.used), Quantities.size(megabytes: quota.limit))
            lines += ["", "storage: \(used) of \(limit) used"]
        }
        return lines
    }
}

extension Package {
    /// The result of validation: "yes", "no", or a dash if the package was not validated.
    var verdict: String {
        switch validation {
        case .validationPassed(true): "yes"
        case .validationPassed(false): "no"
        case nil: "-"
        }
    }
}

extension PackagingClient {
    /// All packages of a project, newest first, and the tenant's quota.
    func packages(of project: String) async throws -> ([Package], StorageQuota?) {
        var quota: StorageQuota?
        let packages = try await allPages { token in
            let page = try await listPackages(ListPackagesRequest(project: project, pageToken: token))
            quota = page.storageQuota
            return (page.packages, page.nextPageToken)
        }
        return (packages, quota)
    }
}
