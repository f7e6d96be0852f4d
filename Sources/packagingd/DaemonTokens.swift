import Logging
import Model
import Tokens

/// Makes what checks the tokens of callers, and says at the start whose tokens are taken.
enum DaemonTokens {
    /// - Throws: ``PackagingError`` if the secret cannot be used.
    static func verifier(_ settings: DaemonSettings, _ logger: Logger) async throws(PackagingError) -> TokenVerifier {
        let trust = settings.tokens
        if case .development(let folder)? = trust.keys {
            do throws(PackagingError) {
                _ = try DevelopmentKey.open(in: folder)
            } catch {
                // A daemon without callers by token serves all the others.
                logger.error("no key for development tokens", metadata: ["error": "\(error)"])
            }
        }
        let verifier = try await TokenVerifier(trust, logger: logger, now: { SystemClock.now })
        logger.notice(
            "tokens are taken",
            metadata: [
                "issuer": "\(trust.issuer)", "audience": "\(trust.audience)",
                "keys": "\(verifier.keySummary ?? "none yet")",
            ]
        )
        if case .development(let folder)? = trust.keys { warn(folder, settings.openAddresses, logger) }
        return verifier
    }

    private static func warn(_ folder: String, _ addresses: [String], _ logger: Logger) {
        let file = folder + "/" + DevelopmentKey.fileName
        guard !addresses.isEmpty else {
            return logger.notice("tokens of \"packagingd token\" are taken", metadata: ["key": "\(file)"])
        }
        logger.warning(
            "callers of other machines are trusted by the key for development: name the keys of an issuer with jwks",
            metadata: ["key": "\(file)", "address": "\(addresses.joined(separator: ","))"]
        )
    }
}
