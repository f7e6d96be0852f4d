import ArgumentParser
import Model

/// One thing that an operator can set, and all that is known about it.
///
/// The flags' help, the checks, `docs/configuration.md` and the example file are made from this.
struct Setting: Sendable {
    /// What kind of value it takes.
    enum Kind: Sendable, Hashable {
        /// The path of a folder.
        case folder
        /// One or more addresses to listen on.
        case addresses
        /// Where a Postgres server is.
        case databaseURL
        /// Where blobs are kept.
        case blobURL
        /// The path of a file that holds a secret, and nothing else.
        case secretFile
        /// A whole number.
        case number(ClosedRange<Int>)
        /// Yes or no.
        case boolean
        /// One of some words.
        case choice([String])
    }

    /// The name: the flag without its dashes, and the key in the file.
    let name: String
    let kind: Kind
    /// What the flag's help calls the value.
    let valueName: String
    /// The value when nobody gives one; nil if that depends on the machine or on other settings.
    let standard: SettingValue?
    /// The value when nobody gives one, in words.
    let standardText: String
    /// What it is, in one sentence: also the flag's help.
    let summary: String
    /// More sentences, for the reference page.
    let details: String
    /// A value as it stands in the file.
    let example: String
    /// Whether a running daemon takes a new value on SIGHUP.
    let isReloadable: Bool

    init(
        _ name: String,
        _ kind: Kind,
        valueName: String = "",
        standard: SettingValue? = nil,
        standardText: String? = nil,
        summary: String,
        details: String = "",
        example: String,
        isReloadable: Bool = false
    ) {
        self.name = name
        self.kind = kind
        self.valueName = valueName
        self.standard = standard
        self.standardText = standardText ?? standard.map { "`\($0)`" } ?? ""
        self.summary = summary
        self.details = details
        self.example = example
        self.isReloadable = isReloadable
    }

    /// The environment variable: `PACKAGINGD_LOG_LEVEL` for `log-level`.
    var variable: String { Self.variablePrefix + name.uppercased().replacing("-", with: "_") }
    /// The flag: `--log-level`.
    var flag: String { "--" + name }

    /// The flag that says no: `--no-migrate`.
    var negativeFlag: String { "--no-" + name }

    /// What every variable of the daemon begins with.
    static let variablePrefix = "PACKAGINGD_"
    /// The variable that names the file.
    static let fileVariable = "PACKAGINGD_CONFIG"

    /// What a value has to be, in words.
    var expected: String {
        switch kind {
        case .folder, .secretFile: "a path"
        case .addresses: "an address such as unix:/run/packagingd.sock, or a list of them"
        case .databaseURL: "a URL such as postgresql://user@host/database, or key=value pairs as in libpq"
        case .blobURL: "a URL such as file:///srv/packaging/blobs"
        case .number(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .boolean: "true or false"
        case .choice(let words): words.count == 2 ? "\(words[0]) or \(words[1])" : "one of \(Suggestion.list(words))"
        }
    }

    /// What the flag's help says.
    var help: ArgumentHelp { ArgumentHelp(summary, valueName: valueName.isEmpty ? nil : valueName) }

    /// How ArgumentParser is to call the flag.
    var flagName: NameSpecification { .customLong(name) }
}
