import ArgumentParser
import Model

/// One setting that an operator can change, with everything that is known about it.
///
/// The help of the flags, the checks, `docs/configuration.md` and the example file are made from these values.
struct Setting: Sendable {
    /// The kinds of values.
    enum Kind: Sendable, Hashable {
        /// The path of a folder.
        case folder
        /// One or more addresses to listen on.
        case addresses
        /// The location of a Postgres server.
        case databaseURL
        /// The location where blobs are kept.
        case blobURL
        /// The URL of a server: `https`, or `http` on this machine.
        case serverURL
        /// The URL of a proxy, without a user and a password.
        case proxyURL
        /// The region of a service, such as `eu-central-1`.
        case region
        /// The path of a file that holds a secret of at least so many bytes, and nothing else.
        case secretFile(shortest: Int)
        /// The path of a file with a key set, or a URL that gives one.
        case keySet
        /// A line of text.
        case line
        /// The path of a file.
        case file
        /// The path of a file with keys, which nobody else may read.
        case keyFile
        /// The name or number of a group of users.
        case group
        /// One or more peers: users of Unix sockets or IP addresses.
        case peers
        /// A whole number.
        case number(ClosedRange<Int>)
        /// Yes or no.
        case boolean
        /// One of some words.
        case choice([String])
    }

    /// Whether there may be several values, each of which is checked for itself.
    var isList: Bool { kind == .addresses || kind == .peers }

    /// The name: the flag without its dashes, and the key in the file.
    let name: String
    let kind: Kind
    /// The name of the value in the flag's help.
    let valueName: String
    /// The value if no source gives one; nil if that depends on the machine or on other settings.
    let standard: SettingValue?
    /// The value if no source gives one, in words.
    let standardText: String
    /// What the setting does, in one sentence. It is also the flag's help.
    let summary: String
    /// More sentences about the setting, for the reference page.
    let details: String
    /// An example of a value, as it is written in the file.
    let example: String
    /// Whether a running daemon accepts a new value on SIGHUP.
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

    /// The flag for the value "no": `--no-migrate`.
    var negativeFlag: String { "--no-" + name }

    /// The prefix of all environment variables of the daemon.
    static let variablePrefix = "PACKAGINGD_"
    /// The environment variable that names the configuration file.
    static let fileVariable = "PACKAGINGD_CONFIG"

    /// The valid values, in words.
    var expected: String {
        switch kind {
        case .folder, .secretFile, .file, .keyFile: "a path"
        case .keySet: "the path of a key set (JWKS), or a URL such as https://login.example.com/keys.json"
        case .line: "a line of text"
        case .addresses: "an address such as unix:/run/packagingd.sock or tcp://0.0.0.0:7443, or a list of them"
        case .group: "the name or number of a group"
        case .peers: "a peer such as uid:1000 or 192.0.2.7, or a list of them"
        case .databaseURL: "a URL such as postgresql://user@host/database, or key=value pairs as in libpq"
        case .blobURL: "a URL such as file:///srv/packaging/blobs or s3://BUCKET/PREFIX"
        case .serverURL: "a URL such as https://blobs.example.com"
        case .proxyURL: "a URL such as http://proxy.example.com:3128"
        case .region: "a region such as eu-central-1"
        case .number(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .boolean: "true or false"
        case .choice(let words): words.count == 2 ? "\(words[0]) or \(words[1])" : "one of \(Suggestion.list(words))"
        }
    }

    /// The help text of the flag.
    var help: ArgumentHelp { ArgumentHelp(summary, valueName: valueName.isEmpty ? nil : valueName) }

    /// The name of the flag for ArgumentParser.
    var flagName: NameSpecification { .customLong(name) }
}
