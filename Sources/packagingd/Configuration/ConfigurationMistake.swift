/// One mistake in the configuration of the daemon.
///
/// Its text contains no secret: values of settings that could hold a secret are not quoted.
struct ConfigurationMistake: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where the mistake is: the name of a file, a flag or an environment variable.
    var place: String
    /// The line, if the place is a file.
    var line: Int?
    /// The setting; nil if the mistake concerns no setting, or the place already names it.
    var setting: String?
    /// What is wrong, and what is expected.
    var reason: String

    init(_ place: String, line: Int? = nil, setting: String? = nil, _ reason: String) {
        self.place = place
        self.line = line
        self.setting = setting
        self.reason = reason
    }

    init(_ origin: SettingOrigin, _ setting: Setting, _ reason: String) {
        switch origin {
        case .line(let file, let line): self.init(file, line: line, setting: setting.name, reason)
        // The names of flags and variables contain the name of the setting.
        case .flag(let name), .variable(let name): self.init(name, reason)
        case .standard: self.init(setting.name, reason)
        }
    }

    /// `FILE:LINE: SETTING: REASON`, without the parts that are missing.
    var description: String {
        let place = line.map { "\(self.place):\($0)" } ?? self.place
        return setting.map { "\(place): \($0): \(reason)" } ?? "\(place): \(reason)"
    }
}

/// All mistakes in the configuration of the daemon.
struct ConfigurationMistakes: Error, Sendable, CustomStringConvertible {
    var mistakes: [ConfigurationMistake]

    /// A line that counts the mistakes, and then one line for each.
    var description: String {
        let count = mistakes.count == 1 ? "a mistake" : "\(mistakes.count) mistakes"
        return "packagingd: the configuration has \(count)\n"
            + mistakes.map { "\($0)\n" }.joined()
            + "hint: \"packagingd config reference\" describes every setting.\n"
    }
}
