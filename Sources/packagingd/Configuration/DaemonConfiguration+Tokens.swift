import Model
import TTRPC
import Tokens

// Whose tokens a daemon takes.
extension DaemonConfiguration {
    /// Whether tokens of an issuer are taken, and those of `packagingd token` are not.
    var trustsIssuer: Bool { values[Setting.jwks.name] != nil || values[Setting.tokenSecretFile.name] != nil }

    /// Whose tokens are taken.
    ///
    /// - Throws: ``ConfigurationMistakes`` if a value was valid when it was checked and is not valid any more.
    func tokenTrust() throws(ConfigurationMistakes) -> TokenTrust {
        guard trustsIssuer else {
            return TokenTrust(
                issuer: DevelopmentKey.issuer,
                audience: DevelopmentKey.audience,
                keys: .development(folder: stateFolder)
            )
        }
        var trust = TokenTrust(issuer: text(.tokenIssuer), audience: text(.tokenAudience), keys: nil)
        trust.http = http
        if let jwks = values[Setting.jwks.name] {
            do throws(PackagingError) {
                trust.keys = try KeyLocation("\(jwks.value)")
            } catch {
                throw ConfigurationMistakes(mistakes: [ConfigurationMistake(jwks.origin, .jwks, error.message)])
            }
        }
        if let file = values[Setting.tokenSecretFile.name] {
            do throws(SettingFault) {
                trust.secret = Array(try SecretFile.read("\(file.value)").utf8)
            } catch {
                throw ConfigurationMistakes(
                    mistakes: [ConfigurationMistake(file.origin, .tokenSecretFile, error.reason)]
                )
            }
        }
        return trust
    }

    /// Refuses keys without an issuer and an audience, as they would take every token of a shared issuer; and those without
    /// keys.
    var tokenMistakes: [ConfigurationMistake] {
        let keys = [Setting.jwks, .tokenSecretFile].filter { values[$0.name] != nil }
        let names = [Setting.tokenIssuer, .tokenAudience]
        guard let first = keys.first else {
            return names.compactMap { setting in
                values[setting.name].map {
                    ConfigurationMistake(
                        $0.origin,
                        setting,
                        "there is neither \(Setting.jwks.name) nor \(Setting.tokenSecretFile.name) that it could be for"
                    )
                }
            }
        }
        let origin = values[first.name]?.origin ?? .standard
        return names.filter { values[$0.name] == nil }.map {
            ConfigurationMistake(origin, first, "needs \($0.name), which says whose tokens are taken")
        }
    }

    /// The addresses to listen on that callers of other machines can reach.
    var addressesBeyondThisMachine: [String] {
        // A name that nobody knows now may be that of any machine.
        list(.listen).filter { text in
            guard case .tcp? = Address(text) else { return false }
            return (try? Address(text)?.isOfThisMachine()) != true
        }
    }
}
