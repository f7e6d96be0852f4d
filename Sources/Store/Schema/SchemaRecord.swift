internal import Model
internal import Postgres

/// The record that a database keeps of its schema, as it was read.
struct SchemaRecord: Sendable {
    /// A migration that was applied.
    struct AppliedMigration: Sendable {
        var step: SchemaStep
        var digest: Digest
        var at: Instant
    }

    /// A function that was applied.
    struct AppliedFunction: Sendable {
        var name: String
        var digest: Digest
        var release: String
    }

    /// The applied migrations, in the order of their numbers.
    var migrations: [AppliedMigration] = []
    /// The applied functions, in no certain order.
    var functions: [AppliedFunction] = []

    static let selectMigrations: SQL = """
        SELECT version, name, sha256, applied_at FROM packaging.schema_migrations ORDER BY version
        """
    static let selectFunctions: SQL = "SELECT name, sha256, release FROM packaging.schema_functions"

    init() {}

    /// The record in the rows that the two statements above return.
    init(migrations: [PostgresRow], functions: [PostgresRow]) throws(PostgresError) {
        for row in migrations {
            let step = SchemaStep(version: Int(try row.decode(Int32.self, "version")), name: try row.decode("name"))
            // If the column holds no valid digest, the digest of an empty text stands for it, which no migration has.
            let digest = Digest(bytes: try row.decode([UInt8].self, "sha256")) ?? Digest(ofText: "")
            self.migrations.append(.init(step: step, digest: digest, at: try row.decode("applied_at")))
        }
        for row in functions {
            let (name, digest) = (try row.decode(String.self, "name"), try row.decode(Digest.self, "sha256"))
            self.functions.append(.init(name: name, digest: digest, release: try row.decode("release")))
        }
    }
}

extension SchemaState {
    /// Compares the record of a database with what a program knows.
    ///
    /// - Parameter release: The release of the program.
    init(
        _ record: SchemaRecord,
        migrations: [Migration],
        functions: [SchemaFunction],
        release: String
    ) {
        self.init(pending: [], functions: [])
        applied = record.migrations.map { Applied(step: $0.step, at: $0.at) }
        isEarlierSchema = EarlierSchema.matches(record.migrations.map { ($0.step, $0.digest) })
        let baseline = Set(Migration.baseline.map(\.version))
        pending = migrations.map(\.step).filter { step in
            !(isEarlierSchema && baseline.contains(step.version))
                && !record.migrations.contains { $0.step.version == step.version }
        }
        for row in record.migrations {
            if let known = migrations.first(where: { $0.version == row.step.version }) {
                if known.digest != row.digest { changed.append(row.step) }
            } else if !EarlierSchema.contains(version: row.step.version) {
                unknown.append(row.step)
            } else if !isEarlierSchema {
                tooOld.append(row.step)
            }
        }
        compare(record.functions, with: functions, release: release)
    }

    private mutating func compare(
        _ recorded: [SchemaRecord.AppliedFunction],
        with known: [SchemaFunction],
        release: String
    ) {
        let recorded = Dictionary(recorded.map { ($0.name, $0) }) { first, _ in first }
        let known = Dictionary(known.map { ($0.name, $0) }) { first, _ in first }
        for name in Set(recorded.keys).union(known.keys).sorted() {
            let (there, ours) = (recorded[name], known[name])
            guard there?.digest != ours?.digest else { continue }
            if let there, ReleaseNumber(there.release) > ReleaseNumber(release) {
                newerFunctions.append(NewerFunction(name: name, release: there.release))
            } else {
                functions.append(.init(name: name, kind: there == nil ? .create : ours == nil ? .drop : .replace))
            }
        }
    }
}

/// A release as numbers, to be compared: `0.10.0` comes after `0.9.1`.
struct ReleaseNumber: Comparable {
    private let numbers: [Int]

    init(_ release: String) {
        let main = release.prefix { $0 != "-" && $0 != "+" }
        numbers = main.split(separator: ".").map { Int($0) ?? 0 }
    }

    static func < (left: Self, right: Self) -> Bool { left.numbers.lexicographicallyPrecedes(right.numbers) }
}
