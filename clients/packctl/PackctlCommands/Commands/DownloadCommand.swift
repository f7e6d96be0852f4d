internal import ArgumentParser
internal import Foundation
internal import PackagingClient
internal import PackagingMessages
internal import Protobuf

/// `packctl download PACKAGE [-o FILE]` and `packctl download --all PROJECT [-o DIR]`
struct DownloadCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "download",
        abstract: "Download a package, or a project's newest package of each platform.",
        discussion: """
            A download that was cut off is taken up where it ended. The bytes are checked before the file gets its name.

            EXAMPLES
              packctl download 5f0c9a52-6c1e-4f7a-9d0b-3f6f2f1f8f11 -o knots.m4b
              packctl download --all the-knot-keeper -o packages
            """
    )

    @Argument(help: "The package's id.")
    var package: String?

    @Option(
        name: .customLong("all"),
        help: ArgumentHelp("Every platform's newest package.", valueName: "project"),
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
        let folder = output ?? "."
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        guard BookPaths.isFolder(folder) else { throw Complaint(.failed, "could not make the folder \"\(folder)\"") }
        let newest = try await Self.newest(client.packages(of: project ?? "").0)
        guard !newest.isEmpty else {
            throw Complaint(.notFound, "project \"\(project ?? "")\" has no packages")
        }
        var failures = 0
        for package in newest {
            let path =
                (folder.hasSuffix("/") ? folder : folder + "/") + package.platformID + "." + package.fileExtension
            do {
                try await download(package.id, called: package.platformID, to: path, client, console)
            } catch let error as PackagingError where error.code != .unavailable && !Task.isCancelled {
                console.complain(Complaint(error))
                failures += 1
            }
        }
        return failures == 0 ? .done : failures == newest.count ? .failed : .partial
    }

    /// The first package of each platform in a list in which the newest come first.
    static func newest(_ packages: [Package]) -> [Package] {
        var seen: Set<String> = []
        return packages.filter { seen.insert($0.platformID).inserted }.sorted { $0.platformID < $1.platformID }
    }

    private func download(
        _ id: String,
        called name: String,
        to path: String,
        _ client: PackagingClient,
        _ console: Console
    ) async throws {
        let live = LiveLines(console)
        defer { live.close(keepingLines: false) }
        let file = try await client.download(id, to: path, verifying: SHA256Function.self) { error in
            live.note(Watcher.lost(error))
        } progress: { bytes, total in
            let line = "\(name): \(Quantities.size(bytes)) of \(Quantities.size(total))"
            live.show([line.truncated(to: live.width)])
        }
        live.close(keepingLines: false)
        guard global.json else {
            return console.result("\(file.path)  \(Quantities.size(file.bytes))")
        }
        var json = JSONWriter()
        json.beginObject()
        json.key("packageId")
        json.value(id)
        json.key("file")
        json.value(file.path)
        json.key("sizeBytes")
        json.value(file.bytes)
        json.key("sha256")
        json.value(file.sha256)
        json.endObject()
        console.result(json.text)
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
}
