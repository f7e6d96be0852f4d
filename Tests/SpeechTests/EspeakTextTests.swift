import Testing

@testable import Speech

@Suite("Text for espeak-ng")
struct EspeakTextTests {
    @Test(
        "control sequences of the engine are removed from the text",
        arguments: [
            ("Say [[h@l'oU]] now.", "Say [ h@l'oU]] now."),
            ("[[[x", "[ [x"),
            ("before\u{0}after", "before after"),
            ("a\u{1}50Sb\u{7F}c\u{9B}d", "a 50Sb c d"),
            ("line\none", "line one"),
            ("-v de hello", "-v de hello"),
        ]
    )
    func takesOrdersOut(text: String, spoken: String) {
        #expect(EspeakText(text).spoken == spoken)
    }

    @Test("a run of letters that the engine would cut is divided by spaces")
    func breaksLongWords() {
        let words = EspeakText(String(repeating: "a", count: 1000)).spoken?.split(separator: " ") ?? []
        #expect(words.map(\.count).max() == 80)
        #expect(words.joined().count == 1000)
    }

    @Test("text without an audible character is not spoken", arguments: ["", "  \n", "…", "* * *", "“—”", "\u{0}"])
    func findsNothing(text: String) {
        #expect(EspeakText(text).spoken == nil)
    }

    @Test("a number, a sign or a letter of any script is spoken", arguments: ["7", "€", "→", "é", "語", "½"])
    func findsSomething(text: String) {
        #expect(EspeakText(text).spoken == text)
    }
}
