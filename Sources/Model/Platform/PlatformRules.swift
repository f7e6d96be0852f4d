/// What a platform takes, for people.
public struct PlatformRules: Sendable, Hashable {
    /// The platform.
    public var platform: Platform
    /// The platform's name for people.
    public var name: String
    /// What kind of package it takes.
    public var format: PackageFormat
    /// How audio is encoded unless the book says otherwise.
    public var audio: AudioSpec
    /// Every rule as one line.
    public var rules: [Rule]

    /// Rules with these values.
    public init(platform: Platform, name: String, format: PackageFormat, audio: AudioSpec, rules: [Rule]) {
        self.platform = platform
        self.name = name
        self.format = format
        self.audio = audio
        self.rules = rules
    }
}

/// One line of a platform's rules.
public struct Rule: Sendable, Hashable {
    /// Names the rule among those of its platform, such as `cover_size`.
    public var id: String
    /// What is asked for, as a sentence.
    public var description: String
    /// The value that is compared with, in the unit that the description names.
    public var value: RuleValue
    /// Where the rule was read.
    public var source: String
    /// When it was read, as YYYY-MM-DD.
    public var date: String

    /// A rule with these values.
    public init(id: String, description: String, value: RuleValue, source: String, date: String) {
        self.id = id
        self.description = description
        self.value = value
        self.source = source
        self.date = date
    }
}
