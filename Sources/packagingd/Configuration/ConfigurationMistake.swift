/// One thing that is wrong with what the daemon was told.
///
/// Its text holds no secret: values of settings that could hold one are not quoted.
struct ConfigurationMistake: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where it stands: a file, a flag or an environment variable.
    var place: String
    /// The line of the file.
    var line: Int?
    /// The setting; nil if the mistake is about none, or the place names it already.
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
        // Flags and variables have the setting's name.
        case .flag(let name), .variable(let name): self.init(name, reason)
        case .standard: self.init(setting.name, reason)
        }
    }

    /// `FILE:LINE: SETTING: REASON`, without the parts that there are not.
    var description: String {
        let place = line.map { "\(self.place):\($0)" } ?? self.place
        return setting.map { "\(place): \($0): \(reason)" } ?? "\(place): \(reason)"
    }
}

/// All that is wrong with what the daemon was told.
struct ConfigurationMistakes: Error, Sendable, CustomStringConvertible {
    var mistakes: [ConfigurationMistake]

    /// One line for each, below one that counts them.
    var description: String {
        let count = mistakes.count == 1 ? "a mistake" : "\(mistakes.count) mistakes"
        return "packagingd: the configuration has \(count)\n"
            + mistakes.map { "\($0)\n" }.joined()
            + "hint: \"packagingd config reference\" describes every setting.\n"
    }
}
