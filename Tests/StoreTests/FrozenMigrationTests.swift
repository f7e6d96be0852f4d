import Foundation
import Model
import Testing

@testable import Store

@Suite("Migrations are frozen")
struct FrozenMigrationTests {
    @Test("a committed migration is never changed, and a new one is recorded")
    func digests() throws {
        let folder = SourceFiles.store("Migrations")
        let names = try SourceFiles.names(in: folder)
        let recorded = try SourceFiles.text(SourceFiles.resource("migrations.sha256")).split(separator: "\n")
            .reduce(into: [String: String]()) { list, line in
                let words = line.split(separator: " ")
                if words.count == 2 { list[String(words[1])] = String(words[0]) }
            }
        for name in names {
            let digest = Digest(ofText: try SourceFiles.text(folder.appending(path: name))).description
            guard let known = recorded[name] else {
                Issue.record("add the line \"\(digest)  \(name)\" to Resources/migrations.sha256")
                continue
            }
            #expect(
                known == digest,
                """
                Migrations/\(name) was changed. Databases have run it as it was: add a new file with the next number that \
                makes the change, and leave this one as it is. Functions do not belong in migrations: edit their file in \
                Functions.
                """
            )
        }
        for name in recorded.keys where !names.contains(name) {
            Issue.record("Migrations/\(name) is gone: databases have run it, and a new one must")
        }
    }

    @Test("every file is a migration of the program, and their numbers rise")
    func listed() throws {
        let files = try SourceFiles.names(in: SourceFiles.store("Migrations"))
        let listed = Migration.all.map { migration in
            let number = String(migration.version)
            return String(repeating: "0", count: 4 - number.count) + number + "-"
                + migration.name.replacingOccurrences(of: " ", with: "-") + ".sql"
        }
        #expect(files == listed)
        for (migration, file) in zip(Migration.all, files) {
            #expect(try SourceFiles.text(SourceFiles.store("Migrations/\(file)")) == migration.script)
        }
    }
}
