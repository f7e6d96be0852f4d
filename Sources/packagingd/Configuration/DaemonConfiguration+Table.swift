import Model

extension DaemonConfiguration {
    /// The value of every setting and its source: one line for the file, and then one line for each setting.
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

    /// What it means if a setting has no value.
    private func nothing(_ setting: Setting) -> String {
        setting.name == Setting.databaseURL.name ? "(a private Postgres)" : "(none)"
    }

    /// A value on one line, whatever characters it contains.
    private func shown(_ value: String) -> String {
        String(String.UnicodeScalarView(value.unicodeScalars.filter { $0.properties.generalCategory != .control }))
    }
}
