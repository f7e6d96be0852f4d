import Configuration
import Model
import Synchronization

/// A setting's value, with the source that gave it.
struct ResolvedSetting: Sendable, Hashable {
    var value: SettingValue
    var origin: SettingOrigin
}

/// Chooses among several values of a setting: the flag's, else the environment's, else the file's, else the default.
struct SettingResolution {
    /// The value of every setting that has one, by name.
    private(set) var values: [String: ResolvedSetting] = [:]
    /// Whether the password file belongs to a URL that a stronger source replaced.
    let isPasswordOfOtherDatabase: Bool

    /// - Throws: ``ConfigurationMistake`` if there is no state folder for this user.
    init(_ checked: CheckedValues, environment: [String: String]) throws(ConfigurationMistake) {
        let sources = ResolvedSources(checked)
        let state: String
        if case .text(let path)? = sources.resolve(Setting.stateDir, standards: [:])?.value {
            state = path
        } else {
            do throws(PackagingError) {
                state = try StateFolder.defaultPath(environment: environment)
            } catch {
                throw ConfigurationMistake(.standard, .stateDir, error.message)
            }
        }
        let standards = Self.standards(state: state)
        for setting in Setting.all { values[setting.name] = sources.resolve(setting, standards: standards) }
        let password = values[Setting.databasePasswordFile.name]?.origin
        let together = password.flatMap { checked.of($0.rank)[Setting.databaseURL.name]?.origin }
        isPasswordOfOtherDatabase = together != nil && together != values[Setting.databaseURL.name]?.origin
    }

    /// The values that are used if no source gives one.
    private static func standards(state: String) -> [String: SettingValue] {
        var standards: [String: SettingValue] = [:]
        for setting in Setting.all { standards[setting.name] = setting.standard }
        standards[Setting.stateDir.name] = .text(state)
        standards[Setting.listen.name] = .list(["unix:\(state)/packagingd.sock"])
        standards[Setting.blobURL.name] = .text("file://\(state)/blobs")
        standards[Setting.workers.name] = .number(DaemonConfiguration.cores)
        return standards
    }
}

/// The sources as providers of swift-configuration, the strongest first.
private struct ResolvedSources {
    /// The scope of all names. The environment's variables begin with it.
    private static let scope = "packagingd"

    private let checked: CheckedValues

    init(_ checked: CheckedValues) { self.checked = checked }

    func resolve(_ setting: Setting, standards: [String: SettingValue]) -> ResolvedSetting? {
        let flags = Self.provider("flags", checked.of(0).mapValues(\.value))
        let environment = Self.environment(checked.of(1).mapValues(\.value))
        let file = Self.provider("file", checked.of(2).mapValues(\.value))
        let standard = Self.provider("defaults", standards)
        let answering = AnsweringProvider()
        let reader = ConfigReader(providers: [flags, environment, file, standard], accessReporter: answering)
            .scoped(to: ConfigKey([Self.scope]))
        let key = ConfigKey([setting.name])
        let value: SettingValue? =
            switch setting.kind {
            case .number: reader.int(forKey: key).map { .number($0) }
            case .boolean: reader.bool(forKey: key).map { .truth($0) }
            case .addresses, .peers: reader.stringArray(forKey: key).map { .list($0) }
            default: reader.string(forKey: key).map { .text($0) }
            }
        guard let value else { return nil }
        let providers = [flags.providerName, environment.providerName, file.providerName]
        let rank = answering.name.flatMap(providers.firstIndex) ?? providers.count
        return ResolvedSetting(value: value, origin: checked.of(rank)[setting.name]?.origin ?? .standard)
    }

    private static func provider(_ name: String, _ values: [String: SettingValue]) -> InMemoryProvider {
        let pairs = values.map { (AbsoluteConfigKey([scope, $0]), ConfigValue($1.content, isSecret: false)) }
        return InMemoryProvider(name: name, values: Dictionary(uniqueKeysWithValues: pairs))
    }

    private static func environment(_ values: [String: SettingValue]) -> EnvironmentVariablesProvider {
        var variables: [String: String] = [:]
        for setting in Setting.all { variables[setting.variable] = values[setting.name]?.description }
        return EnvironmentVariablesProvider(environmentVariables: variables)
    }
}

/// Remembers which provider gave the last value that was asked for.
private final class AnsweringProvider: AccessReporter {
    private let last = Mutex<String?>(nil)

    /// The provider's name.
    var name: String? { last.withLock { $0 } }

    func report(_ event: AccessEvent) {
        let answered = event.providerResults.first { result in
            guard case .success(let found) = result.result else { return false }
            return found.value != nil
        }
        last.withLock { $0 = answered?.providerName }
    }
}
