import ArgumentParser
import Logging
import Model
import Store

/// `packagingd migrate`: brings a database to the schema of this program, with the owner's rights.
struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring a database to the schema of this release.",
        discussion: """
            Shows the migrations that the database has and those it lacks, and applies the latter: all or none of them. \
            Two that run at once wait for each other. The URL's user must own the schema, or, the first time, hold CREATE \
            on the database and CREATEROLE. A private Postgres needs none of this: "serve" migrates it.

            EXAMPLES
              packagingd migrate --dry-run --database-url postgresql://packaging_owner@db.internal/packaging
              packagingd migrate --database-url postgresql://packaging_owner@db.internal/packaging
            """
    )

    @Option(help: ArgumentHelp("The database. A password belongs in the file PGPASSFILE names.", valueName: "URL"))
    var databaseURL: String

    @Flag(help: "Only show what would be done. Exit code 1 if the database is newer than this release.")
    var dryRun = false

    func validate() throws { try DatabaseURL.check(databaseURL) }

    func run() async throws {
        let logger = Logger(label: "packagingd") { _ in SwiftLogNoOpLogHandler() }
        do {
            try await Database.withDatabase(at: databaseURL, logger: logger) { migrator in
                show(try await migrator.state())
                guard !dryRun else { return try await migrator.state().checkKnown() }
                let steps = try await migrator.migrate()
                switch steps.count {
                case 0: print("The database is up to date.")
                case 1: print("Applied 1 migration.")
                default: print("Applied \(steps.count) migrations.")
                }
            }
        } catch let error as PackagingError {
            throw complain(error)
        }
    }

    private func show(_ state: SchemaState) {
        for applied in state.applied {
            let mark = state.unknown.contains(applied.step) ? "newer  " : "applied"
            print("\(mark)  \(name(applied.step))  \(applied.at)")
        }
        for step in state.pending { print("pending  \(name(step))") }
    }

    private func name(_ step: SchemaStep) -> String {
        let number = String(step.version)
        return String(repeating: "0", count: max(0, 4 - number.count)) + number + " " + step.name
    }
}
