import Model
import Testing

@Suite("Values of a book that have a form")
struct ISBNTests {
    @Test(
        "an ISBN is read with any hyphens and spaces, and its last digit is checked",
        arguments: [
            ("978-3-16-148410-0", "9783161484100"), ("978 3 16 148410 0", "9783161484100"),
            ("0-306-40615-2", "0306406152"),
            ("0-8044-2957-x", "080442957X"), ("978\u{2011}3161484100", "9783161484100"),
        ]
    )
    func isbn(_ text: String, _ digits: String) throws {
        #expect(try ISBN(reading: text).digits == digits)
    }

    @Test(
        "a text that is no ISBN is refused with the reason",
        arguments: [
            ("", "10 or 13 digits"), ("978-3-16-148410", "10 or 13 digits"), ("forthcoming", "10 or 13 digits"),
            ("X306406152", "10 or 13 digits"), ("٩٧٨٣١٦١٤٨٤١٠٠", "10 or 13 digits"), ("978-3-16-148410-1", "mistyped"),
            ("0-306-40651-2", "mistyped"),
        ]
    )
    func noISBN(_ text: String, _ reason: String) {
        let mistake = #expect(throws: ISBN.Mistake.self) { try ISBN(reading: text) }
        #expect(mistake?.problem.contains(reason) == true)
        #expect(ISBN(text) == nil)
    }

    @Test(
        "a language tag has two or three letters, and parts after hyphens",
        arguments: [
            ("en", true), ("pt-BR", true), ("zh-Hant-TW", true), ("gsw", true), ("es-419", true), ("english", false),
            ("en_US", false), ("e", false), ("en-", false), ("-en", false), ("en US", false), ("", false),
            ("en-" + String(repeating: "a", count: 9), false), ("日本", false),
        ]
    )
    func languageTag(_ text: String, _ isOne: Bool) {
        #expect(LanguageTag.isOne(text) == isOne)
    }
}
