import ArgumentParser
import Model
import Tokens

/// `packagingd token`: makes a token for development.
struct Token: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a token for development.",
        discussion: """
            The token is signed with a key in the state folder, which is made if it is not there. "serve" trusts that key only \
            where neither jwks nor token-secret-file is set, and says so at its start; a daemon that runs takes the token at \
            once. Run it as the daemon's user or as root. Whoever can read the key can be anybody: in production, let an issuer \
            of tokens sign them, and name its keys with jwks.

            EXAMPLES
              packagingd token --tenant acme > token && packctl --token-file token projects
              packagingd token --tenant acme --user ada --scope read --valid 7d
            """
    )

    @OptionGroup var file: FileOption

    @OptionGroup var state: StateOption

    @Option(help: ArgumentHelp("The tenant that the holder acts for: its name or its id.", valueName: "TENANT"))
    var tenant: String

    @Option(help: ArgumentHelp("The user that the holder is, who needs a role on each project.", valueName: "USER"))
    var user: String?

    @Option(
        help: ArgumentHelp(
            "The service that gets the token. Without --user, it acts for the tenant on all projects.",
            valueName: "SERVICE"
        )
    )
    var service = "development"

    @Option(
        help: ArgumentHelp("What the holder may do, with commas between: read, package, admin.", valueName: "SCOPES")
    )
    var scope = "read,package"

    @Option(help: ArgumentHelp("How long the token is valid, such as 30m, 12h or 7d; at most 90d.", valueName: "TIME"))
    var valid = "1h"

    func validate() throws {
        for (flag, name) in [("--tenant", tenant), ("--service", service)] + (user.map { [("--user", $0)] } ?? []) {
            if let problem = Self.problem(inName: name) { throw ValidationError("\(flag): the name \(problem)") }
        }
        _ = try scopes()
        _ = try life()
    }

    func run() async throws {
        do {
            let sources = ConfigurationSources.ofThisProcess(flags: state.flags, file: file.config)
            let configuration = try sources.load()
            if configuration.trustsIssuer {
                tell(
                    "packagingd: warning: with these settings \"serve\" trusts another issuer, and refuses this token\n"
                )
            }
            let key = try DevelopmentKey.open(in: configuration.stateFolder)
            print(
                try await key.token(
                    tenant: tenant,
                    user: user,
                    service: service,
                    scopes: scopes(),
                    life: life(),
                    now: SystemClock.now
                )
            )
        } catch let error as ConfigurationMistakes {
            throw complain(error)
        } catch let error as PackagingError {
            throw complain(error)
        }
    }

    /// What a daemon would not take as a name of a tenant, a user or a service.
    private static func problem(inName name: String) -> String? {
        if LineText.isBlank(name) { return "is empty" }
        if name.count > Principal.maximumNameLength {
            return "has more than \(Principal.maximumNameLength) characters"
        }
        return LineText.problem(in: name)
    }

    private func scopes() throws -> [Scope] {
        let words = scope.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let scopes = try words.map { word in
            guard let scope = Scope(rawValue: word) else {
                throw ValidationError("--scope: \"\(word)\" is none of read, package, admin")
            }
            return scope
        }
        return Set(scopes).sorted()
    }

    private func life() throws -> Duration {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        let longest = DevelopmentKey.longestLife
        guard let unit = valid.last.flatMap({ units[$0] }), let number = Int64(valid.dropLast()), number > 0,
            number <= longest.components.seconds / unit
        else {
            throw ValidationError("--valid \(valid) is not a time such as 30m, 12h or 7d, at most 90d")
        }
        return .seconds(number * unit)
    }
}
