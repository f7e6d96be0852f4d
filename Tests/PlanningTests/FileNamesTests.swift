import Testing

@testable import Planning

@Suite("File names in packages")
struct FileNamesTests {
    @Test(
        "a name has no character that any system forbids",
        arguments: [
            ("What? A \"Title\": <1/2> | C:\\*", "What A Title 1 2 C"),
            ("  two   spaces\t\n", "two spaces"),
            ("ends in dots...", "ends in dots"),
            ("cafe\u{301}", "caf\u{E9}"),
            ("right\u{202E}left", "right left"),
            ("\u{0}\u{7F}\u{85}\u{2028}", ""),
            ("漢字 & «ñ» 🎧", "漢字 & «ñ» 🎧"),
            ("👩‍👩‍👧", "👩‍👩‍👧"),
        ]
    )
    func safe(title: String, expected: String) {
        #expect(Array(FileNames.safe(title).unicodeScalars) == Array(expected.unicodeScalars))
    }

    @Test("a long title is cut between characters and keeps its part number")
    func cut() {
        let long = String(repeating: "é👩‍👩‍👧", count: 50)
        let name = FileNames.safe(long, suffix: " (part 1 of 2)")
        #expect(name.utf8.count <= 120)
        #expect(name.hasSuffix(" (part 1 of 2)"))
        #expect(long.hasPrefix(name.dropLast(14)))
    }

    @Test("names sort in reading order and differ from each other", arguments: [1, 9, 10, 99, 100, 1025])
    func order(count: Int) {
        let names = FileNames.tracks((0..<count).map { _ in ("Same", "") }, fileExtension: "mp3")
        #expect(names == names.sorted())
        #expect(Set(names).count == count)
        #expect(names.first == (count < 100 ? "01 - Same.mp3" : count < 1000 ? "001 - Same.mp3" : "0001 - Same.mp3"))
    }

    @Test("a title of which no character is left gives only a number")
    func numberAlone() {
        #expect(FileNames.tracks([("???", "")], fileExtension: "mp3") == ["01.mp3"])
    }
}
