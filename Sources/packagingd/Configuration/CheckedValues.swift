import Files
import Foundation
import Tokens

/// The valid values of each source, and the mistakes in the others.
struct CheckedValues {
    /// The folder that relative paths of flags and variables start from.
    let folder: String
    var mistakes: [ConfigurationMistake] = []
    /// The values, by the rank of their source and their setting's name.
    private(set) var values: [Int: [String: (value: SettingValue, origin: SettingOrigin)]] = [:]

    init(folder: String) { self.folder = folder }

    /// The values of all sources with `rank`.
    func of(_ rank: Int) -> [String: (value: SettingValue, origin: SettingOrigin)] { values[rank] ?? [:] }

    /// Checks and adds the values of a flag or a variable.
    mutating func add(_ setting: Setting, _ texts: [String], from origin: SettingOrigin) {
        let scalars = texts.map { FileEntry.Scalar(text: $0, isQuoted: false, line: 0) }
        add(setting, scalars, from: origin) { _ in origin }
    }

    /// Checks and adds what the file says about a setting.
    mutating func add(_ entry: FileEntry, file: String) {
        guard let setting = Setting.named(entry.setting) else { return }
        let scalars =
            switch entry.value {
            case .scalar(let scalar): [scalar]
            case .list(let scalars): scalars
            }
        add(setting, scalars, from: .line(file: file, entry.line)) { .line(file: file, $0.line) }
    }

    /// Adds the checked values of the file. Its mistakes come in the order of its lines.
    mutating func add(_ others: CheckedValues) {
        values.merge(others.values) { $1 }
        mistakes += others.mistakes.sorted { ($0.line ?? 0, $0.reason) < ($1.line ?? 0, $1.reason) }
    }

    private mutating func add(
        _ setting: Setting,
        _ scalars: [FileEntry.Scalar],
        from origin: SettingOrigin,
        at place: (FileEntry.Scalar) -> SettingOrigin
    ) {
        var value: SettingValue?
        for scalar in scalars {
            do throws(SettingFault) {
                let checked = try checked(setting, scalar, origin).get()
                switch (value, checked) {
                case (.list(let before)?, .list(let more)):
                    guard !before.contains(where: more.contains) else {
                        throw SettingFault("\"\(more.joined())\" is listed twice")
                    }
                    value = .list(before + more)
                default: value = checked
                }
            } catch {
                mistakes.append(ConfigurationMistake(place(scalar), setting, error.reason))
            }
        }
        if let value { values[origin.rank, default: [:]][setting.name] = (value, origin) }
    }

    private func checked(
        _ setting: Setting,
        _ scalar: FileEntry.Scalar,
        _ origin: SettingOrigin
    ) -> Result<SettingValue, SettingFault> {
        let value = setting.checked(scalar.text)
        switch setting.kind {
        case .number where scalar.isQuoted, .boolean where scalar.isQuoted:
            return .failure(SettingFault("is text in quotes; expected \(setting.expected), without quotes"))
        case .folder, .file: return value.flatMap { absolute($0, origin) }
        case .keyFile: return value.flatMap { absolute($0, origin) }.flatMap(Self.checkedKey)
        case .secretFile(let shortest):
            return value.flatMap { absolute($0, origin) }.flatMap { Self.checkedSecret($0, shortest) }
        case .keySet where !KeyLocation.isURL(scalar.text):
            return value.flatMap { absolute($0, origin) }.flatMap(Self.checkedKeySet)
        default: return value
        }
    }

    private static func checkedSecret(_ value: SettingValue, _ shortest: Int) -> Result<SettingValue, SettingFault> {
        do throws(SettingFault) {
            if case .text(let path) = value {
                let count = try SecretFile.read(path).utf8.count
                guard count >= shortest else {
                    throw SettingFault("the secret in \"\(path)\" has \(count) bytes; it needs at least \(shortest)")
                }
            }
            return .success(value)
        } catch {
            return .failure(error)
        }
    }

    private static func checkedKey(_ value: SettingValue) -> Result<SettingValue, SettingFault> {
        do throws(SettingFault) {
            if case .text(let path) = value { _ = try SecretFile.readKey(path) }
            return .success(value)
        } catch {
            return .failure(error)
        }
    }

    private static func checkedKeySet(_ value: SettingValue) -> Result<SettingValue, SettingFault> {
        do throws(FileError) {
            let bytes = try SmallFile.read("\(value)", limit: KeyLocation.byteLimit).bytes
            guard let problem = KeyLocation.problem(inKeySet: bytes) else { return .success(value) }
            return .failure(SettingFault("\"\(value)\" \(problem)"))
        } catch {
            return .failure(SettingFault(error.description))
        }
    }

    /// Makes a path absolute. A relative path in the file is refused, because nobody knows in which folder a daemon
    /// that reads the file was started.
    private func absolute(_ value: SettingValue, _ origin: SettingOrigin) -> Result<SettingValue, SettingFault> {
        guard case .text(let path) = value else { return .success(value) }
        if case .line = origin, !path.hasPrefix("/") {
            return .failure(SettingFault("\"\(path)\" is not absolute; expected a path that begins with /"))
        }
        let whole = path.hasPrefix("/") ? path : folder + "/" + path
        return .success(.text(URL(fileURLWithPath: whole).standardizedFileURL.path))
    }
}
