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

    @Option(
        help: ArgumentHelp(
            "The tenant to act for; only the daemon's own user may choose one.",
            valueName: "name"
        ),
        completion: Completion.tenants
    )
    var tenant: String?

    @Flag(help: "Print the reply as JSON, and an error as one JSON object.")
    var json = false

    @Flag(name: .shortAndLong, help: "Print results and errors, and nothing else.")
    var quiet = false

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

    /// The tenant: from the option, from the environment, or none, which is the daemon's default.
    func resolvedTenant(_ environment: [String: String]) throws -> String? {
        if let tenant {
            guard !tenant.isEmpty else { throw Complaint(.usage, "--tenant must not be empty") }
            return tenant
        }
        return environment["PACKAGING_TENANT"].flatMap { $0.isEmpty ? nil : $0 }
    }
}
