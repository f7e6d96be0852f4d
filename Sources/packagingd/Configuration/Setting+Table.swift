// All settings. To add one, add a row here and a flag in `SettingOptions.swift`, and use its value.
extension Setting {
    /// All settings, in the order in which the reference page shows them.
    static let all: [Setting] = [
        stateDir, listen, databaseURL, databasePasswordFile, migrate, blobURL, workers, drainSeconds, logLevel,
        logFormat,
    ]

    /// The setting called `name`.
    static func named(_ name: String) -> Setting? { all.first { $0.name == name } }

    static let stateDir = Setting(
        "state-dir",
        .folder,
        valueName: "DIR",
        standardText:
            "`/var/lib/packagingd` for root, else `$XDG_STATE_HOME/packagingd` or `~/.local/state/packagingd`",
        summary: "Where this daemon keeps what is its own.",
        details: "It is made if it is not there. A folder serves one daemon at a time.",
        example: "/var/lib/packagingd"
    )

    static let listen = Setting(
        "listen",
        .addresses,
        valueName: "ADDR",
        standardText: "`packagingd.sock` in the state folder",
        summary: "Where callers connect: unix:/PATH. May be given several times.",
        details: """
            In the file it is one address or a list, in the environment they are separated by commas. A socket is open to \
            the daemon's own user alone (mode 0600).
            """,
        example: "[\"unix:/run/packagingd/packagingd.sock\"]"
    )

    static let databaseURL = Setting(
        "database-url",
        .databaseURL,
        valueName: "URL",
        standardText: "a private Postgres in the state folder",
        summary: "A Postgres server in place of the private one. Its password belongs in a file.",
        details: """
            A URL that holds a password is refused: name a file with `database-password-file`, or one with lines of \
            `host:port:database:user:password` in the environment variable `PGPASSFILE`.
            """,
        example: "postgresql://packaging_daemon@db.internal/packaging"
    )

    static let databasePasswordFile = Setting(
        "database-password-file",
        .secretFile,
        valueName: "FILE",
        standardText: "none, and libpq looks into the file that `PGPASSFILE` names",
        summary: "A file with the password of the database, and nothing else.",
        details: """
            It is read at the start. A line break at its end does not count. It must belong to the daemon's user or to \
            root, and be readable by nobody else; one of root's may be readable by its group, as systemd's credentials \
            are. Where it stands beside a `database-url`, it belongs to that: it is not used when a flag or a variable \
            names another database.
            """,
        example: "/etc/packagingd/database-password"
    )

    static let migrate = Setting(
        "migrate",
        .boolean,
        standard: .truth(true),
        summary: "Migrate a database that is behind, where its user may.",
        details: "With `false` (flag: `--no-migrate`) the daemon only checks that somebody has migrated it.",
        example: "false"
    )

    static let blobURL = Setting(
        "blob-url",
        .blobURL,
        valueName: "URL",
        standardText: "`blobs` in the state folder",
        summary: "Where blobs are kept: file:///PATH.",
        details: "Audio and packages lie here. Several daemons may share one folder.",
        example: "file:///srv/packaging/blobs"
    )

    static let workers = Setting(
        "workers",
        .number(1...1024),
        valueName: "N",
        standardText: "as many as there are cores",
        summary: "Worker processes at once; as many as cores unless given.",
        example: "8"
    )

    static let drainSeconds = Setting(
        "drain-seconds",
        .number(0...3600),
        valueName: "SECONDS",
        standard: .number(10),
        summary: "Seconds that a stop waits for work that is nearly done.",
        details: "What is not done by then goes back to the queue at no cost.",
        example: "10"
    )

    static let logLevel = Setting(
        "log-level",
        .choice(["debug", "info", "notice", "warning", "error"]),
        valueName: "LEVEL",
        standard: .text("info"),
        summary: "The least important lines that are logged: debug, info, notice, warning or error.",
        details: "`debug` has a line for every call.",
        example: "info",
        isReloadable: true
    )

    static let logFormat = Setting(
        "log-format",
        .choice(["text", "json"]),
        valueName: "FORMAT",
        standard: .text("text"),
        summary: "How lines are logged: text, or json for one object a line.",
        example: "json"
    )
}
