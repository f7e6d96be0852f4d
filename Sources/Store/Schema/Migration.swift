internal import Model

/// One step of the schema's tables: DDL, and the changes to rows that it needs. Functions are separate; see
/// ``SchemaFunction``.
///
/// Once committed, its text never changes: a mistake is corrected by a new file with the next number. A migration runs
/// before the functions of the same release are applied. It calls no functions except those that the first file
/// creates.
struct Migration: Sendable {
    /// The number of the step. Steps are applied in the order of their numbers.
    let version: Int
    let name: String
    /// The SQL text: several statements.
    let script: String
    /// The hash of the text, by which a changed text is recognised.
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

    /// The steps that create the same tables as ``EarlierSchema``.
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
            Migration(19, "waits", PackageResources._019_waits_sql),
            Migration(20, "retention", PackageResources._020_retention_sql),
            Migration(21, "current packages", PackageResources._021_current_packages_sql),
            Migration(22, "retakes and origins", PackageResources._022_retakes_and_origins_sql),
            Migration(23, "error reasons", PackageResources._023_error_reasons_sql),
            Migration(24, "access", PackageResources._024_access_sql),
        ]
}
