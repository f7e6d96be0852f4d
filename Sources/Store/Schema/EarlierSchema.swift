internal import Model

/// The schema of commit 89512b2, before the baseline: twelve migrations that held functions as well.
///
/// A database that has exactly these migrations has the tables of ``Migration/baseline``, and can be upgraded. No other
/// database from before the baseline can be upgraded.
enum EarlierSchema {
    /// The commit that has this schema.
    static let commit = "89512b2"

    /// The migrations of that commit, with the SHA-256 of each file.
    static let migrations: [(step: SchemaStep, sha256: String)] = [
        (SchemaStep(version: 1, name: "tenants"), "26d0882539cf65f0f1c5845316da360036fc2b1afe667c8617b4456909204500"),
        (SchemaStep(version: 2, name: "books"), "2657b73055053d08646d403bd271d1d0b453fd7ea3bfea4b2f97891db54a0fca"),
        (SchemaStep(version: 3, name: "import"), "b0a270b000bb7941ce28e468d5a69b1083a1a049946f6dd4b2a1a4ba98423368"),
        (SchemaStep(version: 4, name: "jobs"), "5153a193560cb28737a4521cfe2b9e55b8781574ee74bd33c1593f2ad4d650d5"),
        (SchemaStep(version: 5, name: "queue"), "d5b297dbd1ae7989b3c5c8a3ebb9baff88d7a7e70687a1e763117153a4751038"),
        (SchemaStep(version: 6, name: "restart"), "ac853e553d457a6f4c420208aeddfd4c31e7867f2ad254e86815428cad9a481f"),
        (SchemaStep(version: 7, name: "keeping"), "e448d7f3f0ba7df51ce546b62da62d2404421568b4e70f54b229f9384982835c"),
        (SchemaStep(version: 8, name: "unchanged"), "abb706bebb88578e64fa4e317702fade53390566c8db75c691f2b70ef6a88f70"),
        (
            SchemaStep(version: 9, name: "schema state"),
            "ae20a2b7ec3125ad0b361f4011af451e8c1c3971ca1575d6c54b34f8d1026cde"
        ),
        (
            SchemaStep(version: 10, name: "unused content"),
            "a97d346e479353d7bb6ca85cb91ed043e94007ef8ca4827840bfca901391ff05"
        ),
        (
            SchemaStep(version: 11, name: "project deletion"),
            "e8051b5b030c1edf60e2a8e3585ad751c2f98a04e8003bf7473d3b1ce13c4b3f"
        ),
        (SchemaStep(version: 12, name: "chapters"), "e7fba6e1a281d77ef020c4de2792bffda57ab147404ba951825d19a379b77cfb"),
    ]

    /// Whether the schema before the baseline had a migration with this number.
    static func contains(version: Int) -> Bool { migrations.contains { $0.step.version == version } }

    /// Whether a database that has recorded these steps has this schema.
    static func matches(_ recorded: [(step: SchemaStep, digest: Digest)]) -> Bool {
        recorded.map { $0.step.version } == migrations.map { $0.step.version }
            && recorded.map { $0.digest.description } == migrations.map { $0.sha256 }
    }
}
