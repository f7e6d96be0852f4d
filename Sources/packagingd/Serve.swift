import ArgumentParser
import Foundation
import Logging
import Model

/// `packagingd serve`: runs until SIGTERM or SIGINT.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve until SIGTERM or Ctrl-C.",
        discussion: """
            Without options the daemon keeps everything in its state folder: a private Postgres, audio and packages, and \
            the socket that packctl looks for.

            EXAMPLES
              packagingd serve
              packagingd serve --state-dir /srv/packaging --workers 8
              packagingd serve --database-url postgresql://packaging@db.internal/packaging
            """
    )

    @Option(help: ArgumentHelp("Where this daemon keeps what is its own.", valueName: "DIR"))
    var stateDir: String?

    @Option(help: ArgumentHelp("Where callers connect: unix:/PATH. May be given several times.", valueName: "ADDR"))
    var listen: [String] = []

    @Option(help: ArgumentHelp("A Postgres server in place of the private one.", valueName: "URL"))
    var databaseURL: String?

    @Flag(help: "Never migrate the database, though its user may: only check that somebody has.")
    var noMigrate = false

    @Option(help: ArgumentHelp("Where blobs are kept: file:///PATH.", valueName: "URL"))
    var blobURL: String?

    @Option(help: ArgumentHelp("Worker processes at once; as many as cores unless given.", valueName: "N"))
    var workers: Int?

    @Option(help: ArgumentHelp("Seconds that a stop waits for work that is nearly done.", valueName: "SECONDS"))
    var drainSeconds = 10

    @OptionGroup var logs: LogOptions

    func validate() throws {
        if let workers, !(1...1024).contains(workers) {
            throw ValidationError("--workers \(workers) is not between 1 and 1024")
        }
        guard (0...3600).contains(drainSeconds) else {
            throw ValidationError("--drain-seconds \(drainSeconds) is not between 0 and 3600")
        }
        for address in listen { _ = try socketPath(address) }
        if let blobURL { _ = try blobFolder(blobURL) }
    }

    func run() async throws {
        try logs.bootstrap()
        let logger = Logger(label: "packagingd")
        do {
            try await Daemon(settings: try settings(), logger: logger).run()
        } catch let error as PackagingError {
            throw complain(error)
        }
    }

    private func settings() throws -> DaemonSettings {
        let folder = try stateDir ?? StateFolder.defaultPath(environment: ProcessInfo.processInfo.environment)
        let state = try StateFolder(path: absolute(folder))
        return DaemonSettings(
            state: state,
            sockets: listen.isEmpty ? [state.socket] : try listen.map(socketPath),
            databaseURL: databaseURL,
            migrates: !noMigrate,
            blobs: try blobURL.map(blobFolder) ?? state.blobs,
            workers: workers ?? ProcessInfo.processInfo.activeProcessorCount,
            grace: .seconds(drainSeconds)
        )
    }

    private func absolute(_ path: String) -> String {
        let path = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        return URL(fileURLWithPath: path).standardizedFileURL.path
    }

    /// The path of `unix:/path`.
    private func socketPath(_ address: String) throws -> String {
        if address.hasPrefix("unix:/") { return String(address.dropFirst(5)) }
        guard !address.hasPrefix("tcp:") else {
            throw ValidationError(
                "--listen \(address): this version serves Unix sockets only, as TCP callers need tokens"
            )
        }
        throw ValidationError("--listen \(address) is not an address such as unix:/run/packagingd.sock")
    }

    /// The folder of `file:///path`.
    private func blobFolder(_ url: String) throws -> String {
        guard url.hasPrefix("file:///") else {
            throw ValidationError("--blob-url \(url): this version keeps blobs in folders only (file:///PATH)")
        }
        return String(url.dropFirst(7))
    }
}
