internal import ArgumentParser
internal import Foundation
internal import PackagingClient
internal import PackagingMessages
internal import Protobuf

/// `packctl download PACKAGE [-o FILE]` and `packctl download --all PROJECT [-o DIR]`
struct DownloadCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "download",
        abstract: "Download a package, or the current package of each platform of a project.",
        discussion: """
            A platform's current package is the one that the latest "create" made or
            found: "packctl packages" shows it. A download that was cut off is taken up
            where it ended, and with --all a file that is there already is not fetched
            again. The bytes are checked before the file gets its name.

            EXAMPLES
              packctl download 5f0c9a52-6c1e-4f7a-9d0b-3f6f2f1f8f11 -o knots.m4b
              packctl download --all the-knot-keeper -o packages
            """
    )

    @Argument(help: "The package's id.")
    var package: String?

    @Option(
        name: .customLong("all"),
        help: ArgumentHelp("Every platform's current package.", valueName: "project"),
        completion: Completion.projects
    )
    var project: String?

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("The file to write; with --all the folder.", valueName: "path"),
        completion: .file()
    )
    var output: String?

    @OptionGroup var global: GlobalOptions

    func checkArguments() throws {
        guard (package == nil) != (project == nil) else {
            throw Complaint(.usage, "name either a package or --all with a project")
        }
    }

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        if let package {
            try await download(package, called: "package", to: output ?? ".", client, console)
            return .done
        }
        return try await downloadAll(of: project ?? "", to: output ?? ".", client, console)
    }

    /// Downloads the current package of each platform that has one. What is wrong with one platform is told, and does not
    /// stop the others; only a daemon that stays away does.
    private func downloadAll(
        of project: String,
        to folder: String,
        _ client: PackagingClient,
        _ console: Console
    ) async throws -> CommandStatus {
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        guard BookPaths.isFolder(folder) else { throw Complaint(.failed, "could not make the folder \"\(folder)\"") }
        let choice = CurrentPackages(of: try await client.packages(of: project).0)
        let missing = choice.complaint(project: project)
        if choice.packages.isEmpty { throw missing ?? Complaint(.notFound, "project \"\(project)\" has no packages") }
        var failures = 0
        for package in choice.packages {
            // The platform's name comes from the daemon, and must not lead out of the folder.
            let name = PackagingClient.fileName(package.platformID, or: "package") + "." + package.fileExtension
            let path = (folder.hasSuffix("/") ? folder : folder + "/") + name
            do {
                if package.isWhole(at: path) {
                    let bytes = package.fileSizeBytes
                    tell(package.id, path: path, bytes: bytes, sha256: package.sha256, wasThere: true, console)
                    continue
                }
                try await download(package.id, called: package.platformID, to: path, ofAll: true, client, console)
            } catch let error as PackagingError where error.code != .unavailable && !Task.isCancelled {
                var complaint = Complaint(error)
                complaint.message = "\(package.platformID): \(complaint.message)"
                console.complain(complaint)
                failures += 1
            }
        }
        if let missing { console.complain(missing) }
        if failures == choice.packages.count { return .failed }
        return failures > 0 || missing != nil ? .partial : .done
    }

    /// - Parameter ofAll: Whether this is one of several downloads. The daemon has answered before, so that one that is
    ///   away now is waited for.
    private func download(
        _ id: String,
        called name: String,
        to path: String,
        ofAll: Bool = false,
        _ client: PackagingClient,
        _ console: Console
    ) async throws {
        let live = LiveLines(console)
        defer { live.close(keepingLines: false) }
        let file = try await client.download(
            id,
            to: path,
            verifying: SHA256Function.self,
            waitsForDaemon: ofAll
        ) { error in
            live.note(Watcher.lost(error))
        } onResumption: {
            live.note(Watcher.back)
        } progress: { bytes, total in
            let line = "\(name): \(Quantities.size(bytes)) of \(Quantities.size(total))"
            live.show([line.truncated(to: live.width)])
        }
        live.close(keepingLines: false)
        tell(id, path: file.path, bytes: file.bytes, sha256: file.sha256, wasThere: false, console)
    }

    private func tell(
        _ id: String,
        path: String,
        bytes: Int64,
        sha256: String,
        wasThere: Bool,
        _ console: Console
    ) {
        guard global.json else {
            let text = "\(path)  \(Quantities.size(bytes))" + (wasThere ? "  already there" : "")
            return console.result(text.printable)
        }
        var json = JSONWriter()
        json.beginObject()
        json.key("packageId")
        json.value(id)
        json.key("file")
        json.value(path)
        json.key("sizeBytes")
        json.value(bytes)
        json.key("sha256")
        json.value(sha256)
        json.key("alreadyThere")
        json.value(wasThere)
        json.endObject()
        console.result(json.text)
    }
}

/// The current packages of a project, and the platforms that have packages but no current one.
struct CurrentPackages: Hashable {
    /// One for each platform that has one, in the order of their names.
    let packages: [Package]
    /// The platforms whose current package was deleted or has expired.
    let missing: [String]

    /// - Parameter all: All packages of the project.
    init(of all: [Package]) {
        let current = all.filter(\.current)
        packages = current.sorted { $0.platformID < $1.platformID }
        missing = Set(all.map(\.platformID)).subtracting(current.map(\.platformID)).sorted()
    }

    /// What is said about the platforms without a current package; nil if there are none. Another version is never taken
    /// in its place, because it may have other content.
    func complaint(project: String) -> Complaint? {
        guard let last = missing.last else { return nil }
        let names = missing.count == 1 ? last : missing.dropLast().joined(separator: ", ") + " and " + last
        return Complaint(
            .notFound,
            "project \"\(project)\" has packages of \(names), but no current one",
            detail: "The current one was deleted or has expired, and another version may have other content.",
            hint: "Make it with \"packctl create \(project)\(missing.map { " --platform " + $0 }.joined())\"."
        )
    }
}

extension Package {
    /// The file name extension for this format.
    fileprivate var fileExtension: String {
        switch format {
        case "m4b": "m4b"
        case "epub3": "epub"
        default: "zip"
        }
    }

    /// Whether the file at `path` has exactly the bytes of this package.
    fileprivate func isWhole(at path: String) -> Bool {
        let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
        guard size == Int(fileSizeBytes) else { return false }
        return (try? FileDigest.sha256(ofFileAt: path)) == sha256
    }
}
