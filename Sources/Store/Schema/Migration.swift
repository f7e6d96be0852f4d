internal import Model

/// One step of the schema's tables: DDL and what rows need for it. Functions are no part of it; see ``SchemaFunction``.
///
/// Once committed, its text never changes: a new file with the next number corrects it. A migration runs before the
/// functions of the same release are applied, and calls none of them but those that the first file makes.
struct Migration: Sendable {
    /// Steps are applied in the order of these.
    let version: Int
    let name: String
    /// Several statements.
    let script: String
    /// What tells its text from another.
    let digest: Digest

    init(_ version: Int, _ name: String, script: String) {
        self.version = version
        self.name = name
        self.script = script
        digest = Digest(ofText: script)
    }

    private init(_ version: Int, _ name: String, _ file: [UInt8]) {
        self.init(version, name, script: String(decoding: file, as: UTF8.self))
    }

    var step: SchemaStep { SchemaStep(version: version, name: name) }

    /// The steps that make the tables which ``EarlierSchema`` made.
    static let baseline = [
        Migration(13, "baseline tenants", PackageResources._013_baseline_tenants_sql),
        Migration(14, "baseline books", PackageResources._014_baseline_books_sql),
        Migration(15, "baseline jobs", PackageResources._015_baseline_jobs_sql),
    ]

    /// All steps this program knows, in order.
    static let all =
        baseline + [
            Migration(16, "schema functions", PackageResources._016_schema_functions_sql),
            Migration(17, "drop draft plan", PackageResources._017_drop_draft_plan_sql),
            Migration(18, "queue settings", PackageResources._018_queue_settings_sql),
        ]
}
