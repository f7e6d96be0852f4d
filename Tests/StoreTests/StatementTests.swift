import Foundation
import Testing

@Suite("Statements")
struct StatementTests {
    /// Patterns of statements that name no columns. With them, a column that is added or dropped would change what the
    /// statement does.
    private static var vague: [(Regex<Substring>, String)] {
        [
            (/(?i)\bSELECT\s+(?:DISTINCT\s+)?(?:ON\s*\([^)]*\)\s*)?\*/, "SELECT *"),
            (/(?i)\bRETURNING\s+\*/, "RETURNING *"),
            (/(?:SELECT|RETURNING|,)\s+[a-z_]+\.\*/, "all columns of a table"),
            (/(?i)\bINSERT\s+INTO\s+[\w.]+(?:\s+AS\s+\w+)?\s+(?:VALUES|SELECT|DEFAULT)\b/, "INSERT without columns"),
            (/(?m)^\s*TABLE\s+packaging\./, "TABLE"),
        ]
    }

    /// The text without comments, because comments may mention such statements.
    private func code(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> Substring in
            let trimmed = line.drop(while: \.isWhitespace)
            return trimmed.hasPrefix("//") || trimmed.hasPrefix("--") ? "" : line
        }.joined(separator: "\n")
    }

    private func findings(in text: String) -> [String] {
        let code = code(text)
        return Self.vague.filter { code.firstMatch(of: $0.0) != nil }.map(\.1)
    }

    @Test("all statements name their columns, in SQL and in Swift")
    func columns() throws {
        let files = try #require(
            FileManager.default.enumerator(at: SourceFiles.sources, includingPropertiesForKeys: nil)
        )
        var seen = 0
        for case let file as URL in files where ["sql", "swift"].contains(file.pathExtension) {
            for finding in findings(in: try SourceFiles.text(file)) {
                Issue.record("\(finding) in \(file.lastPathComponent): name the columns")
            }
            seen += 1
        }
        #expect(seen > 300, "these are not the sources")
    }

    @Test(
        "a statement that names no columns is found",
        arguments: [
            "SELECT * FROM packaging.batches", "select  *\nfrom x", "SELECT DISTINCT ON (a) * FROM x",
            "SELECT p.* FROM x AS p",
            "SELECT a, b,\n    p.* FROM x AS p", "DELETE FROM x RETURNING *", "INSERT INTO packaging.x VALUES (1)",
            "INSERT INTO packaging.x AS y SELECT 1", "INSERT INTO x DEFAULT VALUES", "    SELECT t.id, u.*\n",
        ]
    )
    func found(statement: String) {
        #expect(!findings(in: statement).isEmpty)
    }

    @Test(
        "a statement that names its columns is not reported, nor is a count or a product",
        arguments: [
            "SELECT count(*) FROM x", "SELECT a * b FROM x", "INSERT INTO packaging.x (a) VALUES (1)",
            "-- SELECT * FROM x", "SELECT a, count(*) FROM x", "INSERT INTO x AS y (a)\nSELECT 1",
            "EXISTS (SELECT FROM x)",
        ]
    )
    func passed(statement: String) {
        #expect(findings(in: statement).isEmpty)
    }
}
