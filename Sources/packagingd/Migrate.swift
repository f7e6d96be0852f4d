import ArgumentParser
import Logging
import Model
import Store

/// `packagingd migrate`: brings a database to the schema of this program, with the owner's rights.
struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring a database to the schema of this release.",
        discussion: """
            Shows the migrations that the database has and those it lacks, and which functions differ; then it applies the \
            migrations and replaces the functions: all or nothing. Two that run at once wait for each other. The URL's user \
            must own the schema, or, the first time, hold CREATE on the database and CREATEROLE. Without the option it is the \
            database of the configuration file or the environment, or else the private one in the state folder, whether a \
            daemon runs on it or not. "serve" itself migrates a private one.

            EXAMPLES
              packagingd migrate --dry-run --database-url postgresql://packaging_owner@db.internal/packaging
              packagingd migrate --database-url postgresql://packaging_owner@db.internal/packaging
              packagingd migrate --lease 30 --database-url postgresql://packaging_owner@db.internal/packaging
              packagingd migrate --keep-jobs 90 --database-url postgresql://packaging_owner@db.internal/packaging
              packagingd migrate --lease 30 --state-dir /srv/packaging
            """
    )

    @OptionGroup var file: FileOption

    @OptionGroup var state: StateOption

    @OptionGroup var database: DatabaseOptions

    @Flag(help: "Only show what would be done. Exit code 1 if the database is newer than this release.")
    var dryRun = false

    @Option(
        help: ArgumentHelp(
            "How long a daemon holds a job without renewing it, 2 to 3600; 15 in a new database. Daemons that run hear of it.",
            valueName: "SECONDS"
        )
    )
    var lease: Int?

    @Option(
        help: ArgumentHelp(
            """
            How long ended jobs are kept, and answers to repeated requests, 1 to 3650; 30 in a new database. A job whose \
            package is there stays.
            """,
            valueName: "DAYS"
        )
    )
    var keepJobs: Int?

    @Option(
        help: ArgumentHelp(
            "How long the events of ended jobs are kept, 1 to 3650, not longer than jobs; 7 in a new database.",
            valueName: "DAYS"
        )
    )
    var keepEvents: Int?

    @Option(
        help: ArgumentHelp(
            "How long the rows about deleted bytes are kept, 1 to 3650; 7 in a new database.",
            valueName: "DAYS"
        )
    )
    var keepDeleted: Int?

    @Option(
        help: ArgumentHelp(
            "How long it is kept who did what, 1 to 3650; 400 in a new database.",
            valueName: "DAYS"
        )
    )
    var keepAudit: Int?

    private var keeping: Retention.Change {
        Retention.Change(jobs: keepJobs, events: keepEvents, deleted: keepDeleted, audit: keepAudit)
    }

    func validate() throws {
        let days = Retention.bounds
        for (flag, value, bounds) in [
            ("--lease", lease, QueueSettings.leaseBounds), ("--keep-jobs", keepJobs, days),
            ("--keep-events", keepEvents, days), ("--keep-deleted", keepDeleted, days),
            ("--keep-audit", keepAudit, days),
        ] {
            guard let value, !bounds.contains(value) else { continue }
            throw ValidationError("\(flag) \(value) is not between \(bounds.lowerBound) and \(bounds.upperBound)")
        }
    }

    func run() async throws {
        let logger = Logger(label: "packagingd") { _ in SwiftLogNoOpLogHandler() }
        do {
            let flags = state.flags.merging(database.flags) { $1 }
            let configuration = try ConfigurationSources.ofThisProcess(flags: flags, file: file.config).load()
            if let login = try configuration.database() {
                try await Database.withDatabase(login, logger: logger) { try await migrate($0) }
            } else {
                let folder = configuration.stateFolder
                try await Database.withPrivateDatabase(folder, logger: logger) { try await migrate($0) }
            }
        } catch let error as ConfigurationMistakes {
            throw complain(error)
        } catch let error as PackagingError {
            throw complain(error)
        }
    }

    private func migrate(_ migrator: Migrator) async throws {
        let state = try await migrator.state()
        show(state)
        let retention = try await migrator.retention() ?? Retention()
        try show(retention)
        show(lease: try await migrator.lease())
        guard !dryRun else { return try state.checkKnown() }
        let changes = try await migrator.migrate(lease: lease, keeping: keeping)
        if let lease { print("The lease is \(lease) s.") }
        if keeping != Retention.Change() {
            print("Kept are \(words(try retention.changed(by: keeping))).")
        }
        print(summary(of: changes))
    }

    private func show(_ state: SchemaState) {
        for applied in state.applied {
            let mark = state.unknown.contains(applied.step) ? "newer  " : "applied"
            print("\(mark)  \(name(applied.step))  \(applied.at)")
        }
        if state.isEarlierSchema { print("replace  0001 to 0012 by the baseline, which has the same tables") }
        for step in state.pending { print("pending  \(name(step))") }
        for function in state.functions {
            let mark = function.kind == .create ? "pending" : function.kind == .replace ? "replace" : "drop   "
            print("\(mark)  function \(function.name)")
        }
        for function in state.newerFunctions { print("newer    function \(function.name)  \(function.release)") }
    }

    private func show(_ retention: Retention) throws {
        print("kept     \(words(retention))")
        let next = try retention.changed(by: keeping)
        if next != retention { print("pending  \(words(next))") }
    }

    private func show(lease current: Int?) {
        if let current { print("lease    \(current) s") }
        if let lease, lease != current { print("pending  lease \(lease) s") }
    }

    private func words(_ retention: Retention) -> String {
        func days(_ count: Int) -> String { count == 1 ? "1 day" : "\(count) days" }
        return "jobs \(days(retention.jobs)), events \(days(retention.events)), "
            + "rows about deleted bytes \(days(retention.deleted)), the audit \(days(retention.audit))"
    }

    private func summary(of changes: SchemaChanges) -> String {
        let (migrations, functions) = (changes.migrations.count, changes.functions.count)
        guard migrations + functions > 0 else { return "The database is up to date." }
        let parts = [(migrations, "migration"), (functions, "function")].filter { $0.0 > 0 }
        return "Applied " + parts.map { "\($0) \($1)\($0 == 1 ? "" : "s")" }.joined(separator: " and ") + "."
    }

    private func name(_ step: SchemaStep) -> String {
        let number = String(step.version)
        return String(repeating: "0", count: max(0, 4 - number.count)) + number + " " + step.name
    }
}
