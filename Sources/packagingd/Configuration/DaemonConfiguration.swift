import Foundation
import Logging
import Model
import TTRPC

/// The complete, checked configuration of a daemon.
struct DaemonConfiguration: Sendable {
    /// The configuration file.
    let file: ConfigurationFile
    /// Why the file was not read; nil if it was.
    let absence: String?
    /// The value of every setting that has one, by name.
    var values: [String: ResolvedSetting] = [:]
    /// Whether the password file belongs to a URL that a stronger source replaced.
    var isPasswordOfOtherDatabase = false
    /// When the certificate for TCP callers ends; nil if there is none.
    var certificateEnd: Instant?
    /// Variables that have our prefix but belong to no setting, each with the variable that was perhaps meant.
    var ignoredVariables: [String: String?] = [:]

    init(file: ConfigurationFile, absence: String?) {
        self.file = file
        self.absence = absence
    }

    /// The number of cores of this machine.
    static var cores: Int { ProcessInfo.processInfo.activeProcessorCount }

    /// The absolute path of the state folder.
    var stateFolder: String { text(.stateDir) }

    /// The addresses to listen on.
    var listeners: [Address] { list(.listen).compactMap { Address($0) } }

    /// The paths of the Unix sockets.
    var sockets: [String] {
        listeners.compactMap { if case .unix(let path) = $0 { path } else { nil } }
    }

    /// The number of worker processes that may run at once.
    var workers: Int { number(.workers) }

    /// How long a stop waits for work that is nearly done.
    var grace: Duration { .seconds(number(.drainSeconds)) }

    /// Whether a database with an older schema is migrated.
    var migrates: Bool { values[Setting.migrate.name]?.value != .truth(false) }

    var logLevel: Logger.Level { Logger.Level(rawValue: text(.logLevel)) ?? .info }
    var logFormat: LogFormat { LogFormat(rawValue: text(.logFormat)) ?? .text }

    /// Refuses a state folder whose path is too long for the socket in it, if the daemon listens on that socket.
    func checkDefaultSocket() throws(ConfigurationMistake) {
        guard let listen = values[Setting.listen.name], listen.origin == .standard, case .list(let all) = listen.value
        else { return }
        for address in all {
            guard case .failure(let fault) = Setting.listen.checkedAddress(address) else { continue }
            let origin = values[Setting.stateDir.name]?.origin ?? .standard
            throw ConfigurationMistake(
                origin,
                .stateDir,
                "the socket in it is \(fault.reason); name another with \(Setting.listen.name)"
            )
        }
    }

    /// The facts that deserve a warning but are no mistakes.
    var warnings: [String] {
        var warnings = ignoredVariables.sorted { $0.key < $1.key }.map { name, meant in
            "\(name): there is no such setting, it is ignored" + (meant.map { "; did you mean \($0)?" } ?? "")
        }
        if let absence, absence != ConfigurationFile.isMissing {
            warnings.append("\(file.path): \(absence), and is not used")
        }
        if let end = certificateEnd, let problem = CertificateEnd.problem(end, now: SystemClock.now) {
            warnings.append("\(text(.tlsCertificate)): \(problem)")
        }
        return warnings
    }

    /// The text of a setting; empty if it has none.
    func text(_ setting: Setting) -> String {
        guard case .text(let text)? = values[setting.name]?.value else { return "" }
        return text
    }

    func list(_ setting: Setting) -> [String] {
        guard case .list(let texts)? = values[setting.name]?.value else { return [] }
        return texts
    }

    func isTrue(_ setting: Setting) -> Bool { values[setting.name]?.value == .truth(true) }

    func number(_ setting: Setting) -> Int {
        guard case .number(let number)? = values[setting.name]?.value else { return 0 }
        return number
    }
}
