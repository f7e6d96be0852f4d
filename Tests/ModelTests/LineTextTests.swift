import Model
import Testing

@Suite("Lines of text")
struct LineTextTests {
    @Test(
        "what nobody sees, or what turns the text around it, is refused by name",
        arguments: [
            ("One\nTwo", "has a control character or a line break (U+000A)"),
            ("\u{9B}31mRed", "has a control character or a line break (U+009B)"),
            ("One\u{2028}Two", "has a control character or a line break (U+2028)"),
            ("cover\u{202E}gpj.exe", "has U+202E, which changes the direction of text"),
            ("\u{2066}One", "has U+2066, which changes the direction of text"),
            ("One\u{FFFE}", "has U+FFFE, which is no character"),
        ]
    )
    func refused(text: String, problem: String) { #expect(LineText.problem(in: text) == problem) }

    @Test(
        "titles of all languages are taken",
        arguments: [
            "The Knot-Keeper", "結び目", "Ž\u{30C}", "שלום\u{200F}!", "نَصّ", "می\u{200C}خواهم",
            "👩\u{200D}🚀 🏴\u{E0067}\u{E007F}",
        ]
    )
    func taken(text: String) {
        #expect(LineText.problem(in: text) == nil)
        #expect(!LineText.isBlank(text))
    }

    @Test(
        "text in which nothing is seen is blank",
        arguments: [
            "", " \t", "\u{200B}\u{FEFF}", "\u{A0}\u{2003}", "\u{3164}", "\u{2800}", "\u{301}", "\u{00AD}", "\u{200E}",
        ]
    )
    func blank(text: String) { #expect(LineText.isBlank(text)) }
}
