import Files
import HTTP
import Model
import Postgres
import TTRPC
import Tokens

// The checks that every value must pass, whichever source it comes from.
extension Setting {
    /// The longest path of a Unix socket, in bytes.
    private static let longestSocketPath = 107

    /// The value of `text`, or the reason why `text` is not a valid value.
    ///
    /// Addresses are checked one by one: see ``checkedAddress(_:)``.
    func checked(_ text: String) -> Result<SettingValue, SettingFault> {
        guard !text.isEmpty else { return fault("is empty; expected \(expected)") }
        guard text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
            return fault("holds a line break or a control character; expected \(expected)")
        }
        return switch kind {
        case .folder, .secretFile, .file, .keyFile: .success(.text(text))
        case .keySet: checkedKeySet(text)
        case .line: checkedLine(text)
        case .group:
            SocketGroup.number(of: text) == nil ? fault("there is no group \"\(text)\"") : .success(.text(text))
        case .peers: checkedPeer(text).map { .list([$0]) }
        case .addresses: checkedAddress(text).map { .list([$0]) }
        case .databaseURL: checkedDatabase(text)
        case .blobURL: checkedBlobs(text)
        case .serverURL: checkedServer(text)
        case .proxyURL: checkedProxy(text)
        case .region:
            text.wholeMatch(of: /[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?/) == nil
                ? fault("\"\(text)\" is not \(expected)") : .success(.text(text))
        case .number(let range): checkedNumber(text, range)
        case .boolean: checkedBoolean(text)
        case .choice(let words): checkedWord(text, words)
        }
    }

    /// The address in `text`, or the reason why `text` is not a valid address.
    func checkedAddress(_ text: String) -> Result<String, SettingFault> {
        guard !text.isEmpty else { return .failure(SettingFault("is empty; expected \(expected)")) }
        if text.hasPrefix("tcp:") {
            guard case .tcp? = Address(text) else {
                return .failure(SettingFault("\"\(text)\" is not an address such as tcp://0.0.0.0:7443"))
            }
            return .success(text)
        }
        guard text.hasPrefix("unix:/") else {
            return .failure(
                SettingFault("\"\(text)\" is not an address such as unix:/run/packagingd.sock or tcp://0.0.0.0:7443")
            )
        }
        let length = text.utf8.count - "unix:".utf8.count
        guard length <= Self.longestSocketPath else {
            return .failure(
                SettingFault("\"\(text)\": the path has \(length) bytes, a socket's at most \(Self.longestSocketPath)")
            )
        }
        return .success(text)
    }

    private func checkedPeer(_ text: String) -> Result<String, SettingFault> {
        PeerKey(text) == nil
            ? .failure(SettingFault("\"\(text)\" is not a peer such as uid:1000 or 192.0.2.7")) : .success(text)
    }

    private func checkedDatabase(_ text: String) -> Result<SettingValue, SettingFault> {
        // The value is not quoted, because a URL that cannot be parsed may contain a password.
        guard PostgresConfiguration.canParse(text) else { return fault("cannot be parsed; expected \(expected)") }
        guard !PostgresConfiguration.holdsPassword(text) else {
            return fault(
                "holds a password, which others on this machine can read: put it into the file that "
                    + "\(Setting.databasePasswordFile.name) names, or as host:port:database:user:password into the one "
                    + "that PGPASSFILE names"
            )
        }
        return .success(.text(text))
    }

    private func checkedBlobs(_ text: String) -> Result<SettingValue, SettingFault> {
        do throws(SettingFault) {
            return .success(.text("\(try BlobPlace(text))"))
        } catch {
            return .failure(error)
        }
    }

    private func checkedServer(_ text: String) -> Result<SettingValue, SettingFault> {
        do throws(PackagingError) {
            _ = try HTTPAddress(text)
        } catch {
            return fault(error.message)
        }
        // A signature in a query would be a key to the whole store.
        guard !text.contains("?"), !text.contains("#") else {
            return fault("holds a query or a fragment; expected \(expected)")
        }
        return .success(.text(text.hasSuffix("/") ? String(text.dropLast()) : text))
    }

    private func checkedProxy(_ text: String) -> Result<SettingValue, SettingFault> {
        let rest = text.hasPrefix("http://") ? text.dropFirst(7) : text.hasPrefix("https://") ? text.dropFirst(8) : ""
        guard !rest.isEmpty, rest.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return fault("expected \(expected)")
        }
        guard !rest.contains("@") else {
            return fault("holds a user or a password, which others on this machine can read")
        }
        return .success(.text(text))
    }

    /// A URL is not asked: the daemon must start also while its issuer is away. A file is read where its path is known.
    private func checkedKeySet(_ text: String) -> Result<SettingValue, SettingFault> {
        do throws(PackagingError) {
            _ = try KeyLocation(text)
            return .success(.text(text))
        } catch {
            return fault(error.message)
        }
    }

    private func checkedLine(_ text: String) -> Result<SettingValue, SettingFault> {
        if LineText.isBlank(text) { return fault("is empty; expected \(expected)") }
        if let problem = LineText.problem(in: text) { return fault(problem) }
        guard text.utf8.count <= 1024 else { return fault("has more than 1024 bytes") }
        return .success(.text(text))
    }

    private func checkedNumber(_ text: String, _ range: ClosedRange<Int>) -> Result<SettingValue, SettingFault> {
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        // A leading zero is refused, because YAML 1.1 reads such a number as octal and other readers as decimal.
        let isPlain = !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard isPlain, digits == "0" || digits.first != "0" else {
            return fault("\"\(text)\" is not \(expected)")
        }
        guard let number = Int(text), range.contains(number) else {
            return fault("\(text) is not between \(range.lowerBound) and \(range.upperBound)")
        }
        return .success(.number(number))
    }

    private func checkedBoolean(_ text: String) -> Result<SettingValue, SettingFault> {
        switch text {
        case "true": return .success(.truth(true))
        case "false": return .success(.truth(false))
        default:
            let meant =
                switch text.lowercased() {
                case "true", "yes", "on", "y", "1": "; did you mean true?"
                case "false", "no", "off", "n", "0": "; did you mean false?"
                default: ""
                }
            return fault("\"\(text)\" is not \(expected)\(meant)")
        }
    }

    private func checkedWord(_ text: String, _ words: [String]) -> Result<SettingValue, SettingFault> {
        guard !words.contains(text) else { return .success(.text(text)) }
        let isNone =
            words.count == 2 ? "neither \(words[0]) nor \(words[1])" : "none of \(words.joined(separator: ", "))"
        let meant = words.first {
            text.count > 2 && ($0.hasPrefix(text.lowercased()) || text.lowercased().hasPrefix($0))
        }
        let suggestion = (meant ?? Suggestion.nearest(to: text, in: words)).map { "; did you mean \($0)?" } ?? ""
        return fault("\"\(text)\" is \(isNone)\(suggestion)")
    }

    private func fault(_ reason: String) -> Result<SettingValue, SettingFault> { .failure(SettingFault(reason)) }
}

/// Why a value is refused.
struct SettingFault: Error, Sendable, Hashable {
    var reason: String
    /// The line of the file, if it is not the setting's own line.
    var line: Int?

    init(_ reason: String, line: Int? = nil) {
        self.reason = reason
        self.line = line
    }
}

extension Suggestion {
    /// The name of the setting that was probably meant by `key`; nil if it cannot be guessed.
    static func setting(for key: String) -> String? {
        let names = Setting.all.map(\.name)
        if let name = nearest(to: key, in: names) { return name }
        let word = key.lowercased().replacing("_", with: "-")
        guard word.count > 2 else { return nil }
        // "password" or "level" is a part of a setting's name; "log-level-default" contains a setting's name.
        return names.filter { $0.contains(word) || word.contains($0) }.min { $0.count < $1.count }
    }
}
