import Configuration

/// The value of a setting.
enum SettingValue: Sendable, Hashable, CustomStringConvertible {
    case text(String)
    case number(Int)
    case truth(Bool)
    case list([String])

    /// The value as people read it.
    var description: String {
        switch self {
        case .text(let text): text
        case .number(let number): "\(number)"
        case .truth(let truth): "\(truth)"
        case .list(let texts): texts.joined(separator: ",")
        }
    }

    /// The value in the form that swift-configuration uses.
    var content: ConfigContent {
        switch self {
        case .text(let text): .string(text)
        case .number(let number): .int(number)
        case .truth(let truth): .bool(truth)
        case .list(let texts): .stringArray(texts)
        }
    }
}

/// The source of a value. The strongest source comes first.
enum SettingOrigin: Sendable, Hashable, CustomStringConvertible {
    case flag(String)
    case variable(String)
    case line(file: String, Int)
    case standard

    var description: String {
        switch self {
        case .flag(let flag): flag
        case .variable(let variable): variable
        case .line(let file, let line): "\(file):\(line)"
        case .standard: "default"
        }
    }

    /// The strength of the source: 0 overrides all others.
    var rank: Int {
        switch self {
        case .flag: 0
        case .variable: 1
        case .line: 2
        case .standard: 3
        }
    }
}
