/// The documentation of the settings, generated from their table.
enum ConfigurationReference {
    /// The contents of `docs/configuration.md`.
    static var markdown: String { introduction + summary + Setting.all.map(section).joined() }

    private static let introduction = """
        # Configuration of packagingd

        <!-- Made from the code by "packagingd config reference". Change Sources/packagingd/Configuration/Setting+Table.swift,
             then run: RECORD_SNAPSHOTS=1 scripts/swift test --filter PackagingdTests -->

        Each setting has one name in three places, of which the upper wins over the lower:

        1. the flag: `--log-level debug`;
        2. the environment variable: `PACKAGINGD_LOG_LEVEL=debug` (an empty one counts as none);
        3. the file: `log-level: debug`.

        What nobody sets has its default. `packagingd config check` shows the value of every setting and where it comes from,
        or names every mistake with file and line. A daemon does not start with a mistake, also not with one in a value that a
        stronger place overrides. The exit code is 0 without a mistake, else 2. A variable that begins with `PACKAGINGD_` and
        is no setting gives a warning.

        ## The file

        It is the one that `--config` names, else the one that the variable `PACKAGINGD_CONFIG` names, else
        `\(ConfigurationFile.usualPath)`, if it is there and can be read. A file that is named has to be there;
        `/dev/null` stands for none. `serve`, `doctor`, `migrate` and `config check` all read it. It is YAML in UTF-8, one
        setting a line, without anchors, aliases and tags:

        ```yaml
        state-dir: /var/lib/packagingd
        log-level: info
        ```

        Paths in it are absolute; those of flags and variables may begin at the folder in which the daemon is started.
        Booleans are `true` or `false`, and numbers and booleans stand without quotes. `packagingd config example` prints a
        file with every setting in a comment.

        ## Secrets

        A secret never stands in a flag, a variable or this file, but in a file of its own, which a setting names. It may be
        readable by the daemon's user alone; one of root's also by its group. No secret is logged or printed.

        ## Changing it while the daemon runs

        SIGHUP (`systemctl reload packagingd`, where the unit has it) makes the daemon read the file again. It applies what
        the table marks as such, and logs each setting that changed, also those that need a restart. If the file has
        mistakes, it logs each of them and goes on with what it had. The environment and the flags stay as they were at the
        start.


        """

    private static var summary: String {
        let rows = Setting.all.map { setting in
            "| [`\(setting.name)`](#\(setting.name)) | `\(setting.variable)` | \(setting.standardText) "
                + "| \(setting.isReloadable ? "on SIGHUP" : "at the next start") |\n"
        }
        return "## All settings\n\n| setting | variable | default | a change counts |\n|---|---|---|---|\n"
            + rows.joined()
    }

    private static func section(_ setting: Setting) -> String {
        let text = [setting.summary, setting.details].filter { !$0.isEmpty }.joined(separator: " ")
        let value = setting.valueName.isEmpty ? "" : " " + setting.valueName
        let flag =
            setting.kind == .boolean ? "`\(setting.flag)`, `\(setting.negativeFlag)`" : "`\(setting.flag)\(value)`"
        return """

            ## \(setting.name)

            \(wrapped(text))

            - flag: \(flag)
            - variable: `\(setting.variable)`
            - value: \(setting.expected)
            - default: \(setting.standardText)
            - example: `\(setting.name): \(setting.example)`

            """
    }

    /// Wraps `text` into lines of at most 120 characters, each of which begins with `prefix`.
    static func wrapped(_ text: String, prefix: String = "") -> String {
        var lines: [String] = []
        var line = prefix
        for word in text.split(separator: " ") {
            if line.count + 1 + word.count > 120 {
                lines.append(line)
                line = prefix
            }
            line += line.isEmpty ? "\(word)" : " \(word)"
        }
        return (lines + [line]).joined(separator: "\n")
    }
}
