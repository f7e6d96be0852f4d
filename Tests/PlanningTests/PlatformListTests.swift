import Foundation
import Model
import Platforms
import Testing

/// Facts that are written by hand in places that cannot ask `Platforms`: in Python, in scripts and in documentation.
/// `SharedConstantTests` of StoreTests compares the database's own lists.
@Suite("Platforms and their rules in other languages")
struct PlatformListTests {
    private let words = Platform.allCases.map(\.rawValue)

    private func text(_ path: String) throws -> String {
        let top = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../..")
        return try String(contentsOf: top.appending(path: path), encoding: .utf8)
    }

    private func number(_ name: String, in text: String) throws -> Double? {
        let match = text.firstMatch(of: try Regex("(?m)^\(name) = ([0-9.]+)$", as: (Substring, Substring).self))
        return match.flatMap { Double($0.1) }
    }

    @Test("the Python client knows the platforms in their order, and the usual room tone")
    func python() throws {
        let book = try text("clients/python/src/khipu_packaging/book.py")
        let list = words.map { "\"\($0)\"" }.joined(separator: ", ")
        #expect(book.contains("\nPLATFORMS = (\(list))\n"))
        #expect(try number("_USUAL_HEAD_SECONDS", in: book) == UsualRoomTone.headSeconds)
        #expect(try number("_USUAL_TAIL_SECONDS", in: book) == UsualRoomTone.tailSeconds)
        #expect(try number("_MOST_ROOM_TONE_SECONDS", in: book) == UsualRoomTone.mostSeconds)
    }

    @Test("scripts go through all platforms", arguments: ["compose/demo", "scripts/test-package"])
    func scripts(path: String) throws {
        #expect(try text(path).contains("\nplatforms=(\(words.joined(separator: " ")))\n"))
    }

    @Test("the comment of platform_id lists the words for platforms")
    func proto() throws {
        let quoted = words.map { "\"\($0)\"" }
        let sentence = quoted.dropLast().joined(separator: ", ") + " or " + quoted.suffix(1).joined()
        #expect(try text("proto/khipu/packaging/v1/packaging.proto").contains("// \(sentence).\n"))
    }

    @Test("the table of the README matches the rule packs")
    func readme() throws {
        let readme = try text("README.md")
        let rows = readme.matches(of: /(?m)^\| `([a-z]+)` \| (.+)$/).filter { words.contains(String($0.1)) }
        #expect(rows.map { String($0.1) } == words)
        for (row, pack) in zip(rows, RulePack.all) {
            let text = String(row.2)
            #expect(text.contains(pack.audio.value.bitRateText), "\(pack.name)")
            let pixels = pack.coverMinimum.value
            // Kobo's minimum is our own choice, and not in the table.
            if pack.platform != .kobo {
                #expect(
                    text.contains("cover of \(pixels / 1000),\(pixels % 1000 == 0 ? "000" : "\(pixels % 1000)") pixels")
                )
            }
            if let bytes = pack.maximumPackageBytes?.value { #expect(text.contains("\(bytes / 1_000_000) MB")) }
        }
    }
}
