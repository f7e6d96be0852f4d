import Postgres

/// A Postgres server that the daemon does not run itself, and how to log in to it.
struct DatabaseLogin: Sendable, CustomStringConvertible, CustomReflectable {
    /// A URL without a password, or key=value pairs.
    let url: String
    /// The password; nil if libpq is to look for one itself.
    let password: String?
    /// The source that gave the URL, for messages.
    let origin: String

    /// The login in the form that libpq takes.
    ///
    /// - Parameter role: The role to become after connecting.
    func configuration(role: String? = nil) -> PostgresConfiguration {
        PostgresConfiguration(url: url, password: password, role: role)
    }

    /// A description that does not contain the password.
    var description: String { "DatabaseLogin(\(origin))" }
    var customMirror: Mirror { Mirror(self, children: ["origin": origin]) }
}

extension DaemonConfiguration {
    /// The server to log in to; nil if the daemon runs a private one.
    ///
    /// - Throws: ``ConfigurationMistakes`` if the password file was valid when it was checked and is not valid any
    ///   more.
    func database() throws(ConfigurationMistakes) -> DatabaseLogin? {
        guard let url = values[Setting.databaseURL.name], case .text(let text) = url.value else { return nil }
        var password: String?
        if let file = usedPasswordFile, case .text(let path) = file.value {
            do throws(SettingFault) {
                password = try SecretFile.read(path)
            } catch {
                throw ConfigurationMistakes(
                    mistakes: [ConfigurationMistake(file.origin, .databasePasswordFile, error.reason)]
                )
            }
        }
        return DatabaseLogin(url: text, password: password, origin: url.origin.description)
    }

    /// The password file; nil if it was given for another URL.
    var usedPasswordFile: ResolvedSetting? {
        isPasswordOfOtherDatabase ? nil : values[Setting.databasePasswordFile.name]
    }

    /// Refuses a password file if no database URL is given.
    func checkPasswordFile() throws(ConfigurationMistake) {
        guard let file = values[Setting.databasePasswordFile.name], values[Setting.databaseURL.name] == nil else {
            return
        }
        throw ConfigurationMistake(
            file.origin,
            .databasePasswordFile,
            "there is no \(Setting.databaseURL.name) that it could be for; the private Postgres has no password"
        )
    }
}
