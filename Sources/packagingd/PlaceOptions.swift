import ArgumentParser
import Foundation

/// The options that say where a daemon has its things. `serve` and `doctor` read them alike.
struct PlaceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Where this daemon keeps what is its own.", valueName: "DIR"))
    var stateDir: String?

    @Option(help: ArgumentHelp("Where callers connect: unix:/PATH. May be given several times.", valueName: "ADDR"))
    var listen: [String] = []

    @Option(
        help: ArgumentHelp(
            "A Postgres server in place of the private one. A password belongs in the file PGPASSFILE names.",
            valueName: "URL"
        )
    )
    var databaseURL: String?

    @Option(help: ArgumentHelp("Where blobs are kept: file:///PATH.", valueName: "URL"))
    var blobURL: String?

    @Option(help: ArgumentHelp("Worker processes at once; as many as cores unless given.", valueName: "N"))
    var workers: Int?

    func validate() throws {
        if let workers, !(1...1024).contains(workers) {
            throw ValidationError("--workers \(workers) is not between 1 and 1024")
        }
        for address in listen { _ = try Self.socketPath(address) }
        if let blobURL { _ = try Self.blobFolder(blobURL) }
        if let databaseURL { try DatabaseURL.check(databaseURL) }
    }

    /// The absolute path of the state folder.
    func stateFolder() throws -> String {
        let path = try stateDir ?? StateFolder.defaultPath(environment: ProcessInfo.processInfo.environment)
        return Self.absolute(path)
    }

    /// The paths of the sockets, of which `usual` is the one when none is named.
    func sockets(usual: String) throws -> [String] {
        listen.isEmpty ? [usual] : try listen.map(Self.socketPath)
    }

    /// The folder of the blobs, which is `usual` when none is named.
    func blobs(usual: String) throws -> String { try blobURL.map(Self.blobFolder) ?? usual }

    /// Worker processes at once.
    var workerCount: Int { workers ?? ProcessInfo.processInfo.activeProcessorCount }

    private static func absolute(_ path: String) -> String {
        let path = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        return URL(fileURLWithPath: path).standardizedFileURL.path
    }

    /// The path of `unix:/path`.
    private static func socketPath(_ address: String) throws -> String {
        if address.hasPrefix("unix:/") { return String(address.dropFirst(5)) }
        guard !address.hasPrefix("tcp:") else {
            throw ValidationError(
                "--listen \(address): this version serves Unix sockets only, as TCP callers need tokens"
            )
        }
        throw ValidationError("--listen \(address) is not an address such as unix:/run/packagingd.sock")
    }

    /// The folder of `file:///path`.
    private static func blobFolder(_ url: String) throws -> String {
        guard url.hasPrefix("file:///") else {
            throw ValidationError("--blob-url \(url): this version keeps blobs in folders only (file:///PATH)")
        }
        return String(url.dropFirst(7))
    }
}
