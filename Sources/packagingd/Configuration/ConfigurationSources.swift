import Configuration
import Foundation
import Model

/// Everything that tells a daemon what it is to do: flags, environment, file.
///
/// It can be read again: the file is, flags and environment stay as the process was given them.
struct ConfigurationSources: Sendable {
    /// The values of each flag that was given, by its setting's name.
    var flags: [String: [String]] = [:]
    var environment: [String: String]
    var file: ConfigurationFile
    /// What relative paths of flags and variables begin at.
    var folder: String

    /// The sources of this process.
    ///
    /// - Parameter file: What `--config` names.
    static func ofThisProcess(flags: [String: [String]], file: String?) -> ConfigurationSources {
        let environment = ProcessInfo.processInfo.environment
        let folder = FileManager.default.currentDirectoryPath
        return ConfigurationSources(
            flags: flags,
            environment: environment,
            file: ConfigurationFile(flag: file, environment: environment, folder: folder),
            folder: folder
        )
    }

    /// Reads everything, and checks all of it: also what a stronger source overrides.
    ///
    /// - Throws: All mistakes at once.
    func load() throws(ConfigurationMistakes) -> DaemonConfiguration {
        var values = CheckedValues(folder: folder)
        for setting in Setting.all {
            guard let given = flags[setting.name] else { continue }
            let flag = setting.kind == .boolean && given == ["false"] ? setting.negativeFlag : setting.flag
            values.add(setting, given, from: .flag(flag))
        }
        for setting in Setting.all {
            guard let text = environment[setting.variable], !text.isEmpty else { continue }
            values.add(setting, Self.parts(text, of: setting), from: .variable(setting.variable))
        }
        let content = file.read()
        var fromFile = CheckedValues(folder: folder)
        fromFile.mistakes = content.mistakes
        for entry in content.entries { fromFile.add(entry, file: file.path) }
        values.add(fromFile)

        var configuration = DaemonConfiguration(file: file, absence: content.absence)
        configuration.ignoredVariables = ignoredVariables
        do throws(ConfigurationMistake) {
            let resolution = try SettingResolution(values, environment: environment)
            configuration.values = resolution.values
            configuration.isPasswordOfOtherDatabase = resolution.isPasswordOfOtherDatabase
            // A URL that is wrong is not one that is missing.
            if values.mistakes.isEmpty { try configuration.checkPasswordFile() }
            try configuration.checkDefaultSocket()
        } catch {
            values.mistakes.append(error)
        }
        guard values.mistakes.isEmpty else { throw ConfigurationMistakes(mistakes: values.mistakes) }
        return configuration
    }

    /// The parts of a variable: addresses are separated by commas.
    private static func parts(_ text: String, of setting: Setting) -> [String] {
        guard setting.kind == .addresses else { return [text] }
        return text.split(separator: ",", omittingEmptySubsequences: false).map {
            $0.trimmingCharacters(in: .whitespaces)
        }
    }

    /// Variables that look like ours and are no setting, with what may have been meant.
    ///
    /// They are no mistakes: platforms of containers set some of their own for a service that is called "packagingd".
    private var ignoredVariables: [String: String?] {
        let known = Set(Setting.all.map(\.variable) + [Setting.fileVariable])
        let names = environment.keys.filter { $0.hasPrefix(Setting.variablePrefix) && !known.contains($0) }
        return Dictionary(
            uniqueKeysWithValues: names.map { name in
                let key = name.dropFirst(Setting.variablePrefix.count).lowercased().replacing("_", with: "-")
                return (name, Suggestion.nearest(to: key, in: Setting.all.map(\.name)).flatMap(Setting.named)?.variable)
            }
        )
    }
}
