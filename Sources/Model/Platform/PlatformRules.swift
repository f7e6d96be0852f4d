/// The rules of a platform, for people to read.
package struct PlatformRules: Sendable, Hashable {
    /// The platform.
    package var platform: Platform
    /// The platform's name for people.
    package var name: String
    /// The format of package that it accepts.
    package var format: PackageFormat
    /// How audio is encoded unless the book says otherwise.
    package var audio: AudioSpec
    /// Every rule as one line.
    package var rules: [Rule]

    /// Rules with these values.
    package init(platform: Platform, name: String, format: PackageFormat, audio: AudioSpec, rules: [Rule]) {
        self.platform = platform
        self.name = name
        self.format = format
        self.audio = audio
        self.rules = rules
    }
}

/// One line of a platform's rules.
package struct Rule: Sendable, Hashable {
    /// Names the rule among those of its platform, such as `cover_size`.
    package var id: String
    /// The requirement, as a sentence.
    package var description: String
    /// The required value, in the unit that the description names.
    package var value: RuleValue
    /// Where the rule was read.
    package var source: String
    /// When it was read, as YYYY-MM-DD.
    package var date: String

    /// A rule with these values.
    package init(id: String, description: String, value: RuleValue, source: String, date: String) {
        self.id = id
        self.description = description
        self.value = value
        self.source = source
        self.date = date
    }
}
