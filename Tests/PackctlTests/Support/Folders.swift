import Foundation

/// Runs `body` with a folder that holds `files`, and removes it afterwards.
@discardableResult
func withFolder<Result>(
    _ files: [String: String] = [:],
    _ body: (String) async throws -> Result
) async throws -> Result {
    let folder = try makeFolder(files)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

/// Like the function above, for a body that does not wait.
@discardableResult
func withFolder<Result>(_ files: [String: String] = [:], _ body: (String) throws -> Result) throws -> Result {
    let folder = try makeFolder(files)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
}

private func makeFolder(_ files: [String: String]) throws -> String {
    let temporary = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
    let folder = temporary.appendingPathComponent("book-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, content) in files {
        let file = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(content.utf8).write(to: file)
    }
    return folder.path
}

/// A folder of the repository.
func repositoryFolder(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../\(name)").standardized.path
}
