import Foundation
import Testing

@Suite("README")
struct ReadmeTests {
    @Test("the Swift program in it is the one that is built, and it packages a book")
    func swiftExample() async throws {
        let readme = try String(contentsOfFile: Program.repository + "/README.md", encoding: .utf8)
        let example = try String(
            contentsOfFile: Program.repository + "/clients/swift/Example/Example.swift",
            encoding: .utf8
        )
        #expect(readme.contains("```swift\n\(example)```"))

        try await withDaemon { daemon, folder in
            let book = try await BurstBook.write(to: folder + "/book", chapters: 1)
            _ = try await daemon.packctl("import", book.folder)
            let outcome = try await Program.run(
                Program.built("packaging-example"),
                ["bursts"],
                environment: ["PACKAGING_ADDRESS": daemon.address]
            )
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.contains("bursts-google.zip, version 1: "), "\(outcome.output)")
        }
    }
}
