/// One step of the schema. Once released, its text never changes: a later step corrects it.
struct Migration: Sendable {
    /// Counts from 1; a number that was never released may be missing.
    let version: Int
    let name: String
    /// Several statements.
    let script: String

    init(_ version: Int, _ name: String, script: String) {
        self.version = version
        self.name = name
        self.script = script
    }

    private init(_ version: Int, _ name: String, _ file: [UInt8]) {
        self.init(version, name, script: String(decoding: file, as: UTF8.self))
    }

    /// All steps this program knows, in order.
    static let all = [
        Migration(1, "tenants", PackageResources._001_tenants_sql),
        Migration(2, "books", PackageResources._002_books_sql),
        Migration(3, "import", PackageResources._003_import_sql),
        Migration(4, "jobs", PackageResources._004_jobs_sql),
        Migration(5, "queue", PackageResources._005_queue_sql),
        Migration(6, "restart", PackageResources._006_restart_sql),
        Migration(7, "keeping", PackageResources._007_keeping_sql),
        Migration(8, "unchanged", PackageResources._008_unchanged_sql),
        Migration(9, "schema state", PackageResources._009_schema_state_sql),
        Migration(10, "unused content", PackageResources._010_unused_content_sql),
        Migration(11, "project deletion", PackageResources._011_project_deletion_sql),
        Migration(12, "chapters", PackageResources._012_chapters_sql),
    ]
}
