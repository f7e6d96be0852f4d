import Foundation
import Testing

@Suite("README")
struct ReadmeTests {
    private func run(_ arguments: [String], _ address: String) async throws -> Program.Outcome {
        try await Program.run(
            Program.built("packaging-example"),
            arguments,
            environment: ["PACKAGING_ADDRESS": address]
        )
    }

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
            let outcome = try await run(["bursts"], daemon.address)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.contains("bursts-google.zip, version 1: "), "\(outcome.output)")
            // A second book, and the first one again, are orders of their own.
            let other = try await BurstBook.write(to: folder + "/other", chapters: 1)
            try #require(try await daemon.packctl("import", other.folder, "--slug", "other").status == 0)
            for project in ["other", "bursts"] {
                let again = try await run([project], daemon.address)
                #expect(again.status == 0, "\(again.errors)")
                #expect(again.output.contains(".zip, version 1: "), "\(again.output)")
            }
            let missing = try await run(["nope"], daemon.address)
            #expect(missing.status == 1)
            #expect(missing.errors == "packaging-example: notFound: project \"nope\" does not exist\n")
            for arguments in [[], ["bursts", "other"]] {
                let wrong = try await run(arguments, daemon.address)
                #expect(wrong.status == 2)
                #expect(wrong.errors == "usage: packaging-example PROJECT\n")
            }
        }
    }
}
