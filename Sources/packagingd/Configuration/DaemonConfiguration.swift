import Foundation
import Logging

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

    /// The paths of the sockets.
    var sockets: [String] {
        guard case .list(let addresses)? = values[Setting.listen.name]?.value else { return [] }
        return addresses.map { String($0.dropFirst("unix:".count)) }
    }

    /// The folder of the blobs.
    var blobs: String { String(text(.blobURL).dropFirst("file://".count)) }

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
        return warnings
    }

    private func text(_ setting: Setting) -> String {
        guard case .text(let text)? = values[setting.name]?.value else { return "" }
        return text
    }

    private func number(_ setting: Setting) -> Int {
        guard case .number(let number)? = values[setting.name]?.value else { return 0 }
        return number
    }
}
