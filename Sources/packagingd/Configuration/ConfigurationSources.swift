import Configuration
import Foundation
import Model

/// The sources of a daemon's configuration: flags, environment and file.
///
/// They can be read again. Then the file is read again, while flags and environment stay as the process got them.
struct ConfigurationSources: Sendable {
    /// The values of each flag that was given, by its setting's name.
    var flags: [String: [String]] = [:]
    var environment: [String: String]
    var file: ConfigurationFile
    /// The folder that relative paths of flags and variables start from.
    var folder: String

    /// The sources of this process.
    ///
    /// - Parameter file: The path that `--config` gives.
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

    /// Reads all sources and checks all their values, including those that a stronger source overrides.
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
            // This check is skipped after other mistakes, because an invalid URL would look like a missing one.
            if values.mistakes.isEmpty { try configuration.checkPasswordFile() }
            if values.mistakes.isEmpty { values.mistakes = configuration.tokenMistakes + configuration.blobMistakes }
            try configuration.checkDefaultSocket()
        } catch {
            values.mistakes.append(error)
        }
        // After other mistakes a value that was refused would look like a missing one.
        if values.mistakes.isEmpty { values.mistakes = configuration.checkNetwork() }
        guard values.mistakes.isEmpty else { throw ConfigurationMistakes(mistakes: values.mistakes) }
        return configuration
    }

    /// Splits the value of a variable: lists are separated by commas.
    private static func parts(_ text: String, of setting: Setting) -> [String] {
        guard setting.isList else { return [text] }
        return text.split(separator: ",", omittingEmptySubsequences: false).map {
            $0.trimmingCharacters(in: .whitespaces)
        }
    }

    /// Variables that have our prefix but belong to no setting, each with the variable that was perhaps meant.
    ///
    /// They are no mistakes: container platforms set variables of their own for a service that is called "packagingd".
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
