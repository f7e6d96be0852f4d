import Model

extension DaemonConfiguration {
    /// The value of every setting, and where it comes from: a line for each, below one for the file.
    var table: String {
        let rows = [["SETTING", "VALUE", "FROM"]] + Setting.all.map(row)
        let widths = (0..<2).map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count + 2) }.joined() + row[2]
        }
        return "\(file.path): \(absence ?? "read")\n" + lines.map { $0 + "\n" }.joined()
    }

    private func row(_ setting: Setting) -> [String] {
        guard let resolved = values[setting.name] else { return [setting.name, nothing(setting), "default"] }
        var origin = resolved.origin.description
        if setting.name == Setting.databasePasswordFile.name, isPasswordOfOtherDatabase {
            origin += ", not used: \(Setting.databaseURL.name) comes from elsewhere"
        }
        return [setting.name, shown("\(resolved.value)"), origin]
    }

    /// What a setting without a value means.
    private func nothing(_ setting: Setting) -> String {
        setting.name == Setting.databaseURL.name ? "(a private Postgres)" : "(none)"
    }

    /// A value on one line, whatever it holds.
    private func shown(_ value: String) -> String {
        String(String.UnicodeScalarView(value.unicodeScalars.filter { $0.properties.generalCategory != .control }))
    }
}
