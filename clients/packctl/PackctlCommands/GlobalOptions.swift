internal import ArgumentParser
internal import Foundation
internal import PackagingClient

/// The options that every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Where the daemon listens: unix:/path, a path, or tcp://host:port.", valueName: "addr"),
        completion: .file()
    )
    var address: String?

    @Option(help: ArgumentHelp("The file that holds the token.", valueName: "file"), completion: .file())
    var tokenFile: String?

    @Flag(help: "Print the reply as JSON.")
    var json = false

    /// The daemon's address: from the option, from the environment, or the default.
    func resolvedAddress(_ environment: [String: String]) throws -> Address {
        do {
            return try PackagingAddress.resolve(address, environment: environment, userID: getuid())
        } catch {
            throw Complaint(error)
        }
    }

    /// The token: from the file, from the environment, or none.
    ///
    /// It is never an argument, because every user of the machine can see arguments.
    func token(_ environment: [String: String]) throws -> String? {
        guard let tokenFile else { return environment["PACKAGING_TOKEN"].flatMap { $0.isEmpty ? nil : $0 } }
        guard let text = try? String(contentsOfFile: tokenFile, encoding: .utf8) else {
            throw Complaint(.usage, "could not read the token file \"\(tokenFile)\"")
        }
        let token = text.trimmingWhitespace()
        guard !token.isEmpty else { throw Complaint(.usage, "the token file \"\(tokenFile)\" is empty") }
        return token
    }
}
