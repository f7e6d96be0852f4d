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

    @Option(
        help: ArgumentHelp("The file that holds the token; it is read again when that ends.", valueName: "file"),
        completion: .file()
    )
    var tokenFile: String?

    @Option(
        help: ArgumentHelp("The certificates that the daemon's may be signed by, for tcp://.", valueName: "file"),
        completion: .file()
    )
    var caFile: String?

    @Option(
        help: ArgumentHelp("Your own certificate, for a daemon that asks for one.", valueName: "file"),
        completion: .file()
    )
    var certificate: String?

    @Option(
        help: ArgumentHelp("The key of your certificate, if it is not in the same file.", valueName: "file"),
        completion: .file()
    )
    var key: String?

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

    /// Where tokens come from: the file, the environment, or none.
    ///
    /// A token is never an argument, because every user of the machine can see arguments.
    func tokens(_ environment: [String: String]) throws -> TokenSource? {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if tokenFile == nil, let token = value("PACKAGING_TOKEN") { return .fixed(token) }
        guard let path = tokenFile ?? value("PACKAGING_TOKEN_FILE") else { return nil }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Complaint(.usage, "could not read the token file \"\(path)\"")
        }
        guard !text.trimmingWhitespace().isEmpty else { throw Complaint(.usage, "the token file \"\(path)\" is empty") }
        return .file(path)
    }

    /// A warning if every user of the machine can read or change the file with the token; nil if all is well.
    func tokenWarning(_ environment: [String: String]) -> String? {
        guard let path = tokenFile ?? environment["PACKAGING_TOKEN_FILE"], !path.isEmpty,
            let mode = try? FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int,
            mode & 0o006 != 0
        else { return nil }
        return "packctl: every user of this machine can use the token in \"\(path)\"; \"chmod 600\" keeps it to you"
    }

    /// The files for TLS: from the options, otherwise from the environment. A certificate and its key come from one of both.
    func tls(_ environment: [String: String]) throws -> TLSFiles {
        let named = TLSFiles(environment: environment)
        let isOwn = certificate != nil || key != nil
        let files = TLSFiles(
            caFile: caFile ?? named.caFile,
            certificate: isOwn ? certificate : named.certificate,
            key: isOwn ? key : named.key
        )
        if let key = files.key, files.certificate == nil {
            throw Complaint(
                .usage,
                "the key \"\(key)\" was given without its certificate",
                hint: "Name the certificate with --certificate or PACKAGING_CERTIFICATE."
            )
        }
        return files
    }

    /// The tenant that is named by the option or the environment; empty if none is.
    func chosenTenant() throws -> String { try resolvedTenant(ProcessInfo.processInfo.environment) ?? "" }

    /// The tenant: from the option, from the environment, or none, which is the daemon's default.
    func resolvedTenant(_ environment: [String: String]) throws -> String? {
        if let tenant {
            guard !tenant.isEmpty else { throw Complaint(.usage, "--tenant must not be empty") }
            return tenant
        }
        return environment["PACKAGING_TENANT"].flatMap { $0.isEmpty ? nil : $0 }
    }
}
