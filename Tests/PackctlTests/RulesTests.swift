import PackagingMessages
import Testing

@testable import PackctlCommands

@Suite("Rules on the screen")
struct RulesTests {
    @Test("a rule is printed with its value, its meaning, and where and when it was read")
    func lines() {
        func rule(_ id: String, _ value: Scalar?) -> Rule {
            Rule(id: id, description: "What it asks for.", value: value, source: "The store's page", date: "2026-11-22")
        }
        let rules = PlatformRules(
            platformID: "kobo",
            name: "Kobo",
            packageFormat: "epub3",
            rules: [
                rule("audio_bitrate", Scalar(value: .text("192k"))),
                rule("cover_size", Scalar(value: .number(1400))),
                rule("rms", Scalar(value: .number(-22.5))),
                rule("size", Scalar(value: .number(1e300))),
                rule("text", nil),
            ]
        )
        #expect(
            RulesCommand.lines(rules) == [
                "kobo  Kobo  epub3",
                "  audio_bitrate: 192k. What it asks for. (The store's page, 2026-11-22)",
                "  cover_size: 1400. What it asks for. (The store's page, 2026-11-22)",
                "  rms: -22.5. What it asks for. (The store's page, 2026-11-22)",
                "  size: 1e+300. What it asks for. (The store's page, 2026-11-22)",
                "  text: -. What it asks for. (The store's page, 2026-11-22)",
            ]
        )
    }
}
