import Foundation
import Testing

/// Compares `text` with the file `name` of `Snapshots/`.
///
/// After an intended change of a text, record it anew and read the difference before you commit it:
/// `RECORD_SNAPSHOTS=1 scripts/swift test --filter PackctlTests`.
func expectSnapshot(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let file = URL(fileURLWithPath: repositoryFolder("Tests/PackctlTests/Snapshots")).appendingPathComponent(name)
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }
    let recorded = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    let lines = { (text: String) in text.split(separator: "\n", omittingEmptySubsequences: false) }
    #expect(
        text == recorded,
        "\(name) differs: \(lines(text).difference(from: lines(recorded)))",
        sourceLocation: sourceLocation
    )
}
