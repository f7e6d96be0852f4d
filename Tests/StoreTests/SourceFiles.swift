import Foundation

/// Files of the repository, for tests about their text.
enum SourceFiles {
    private static let tests = URL(filePath: #filePath).deletingLastPathComponent()

    /// A folder of the Store target.
    static func store(_ name: String) -> URL { tests.appending(path: "../../Sources/Store/\(name)") }

    /// All sources.
    static let sources = tests.appending(path: "../../Sources").standardizedFileURL

    /// A file beside these tests.
    static func resource(_ name: String) -> URL { tests.appending(path: "Resources/\(name)") }

    /// The names of the files in `folder`, in order.
    static func names(in folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    /// The text of a file.
    static func text(_ file: URL) throws -> String { try String(contentsOf: file, encoding: .utf8) }
}
