import Model
import Testing

@Suite("Reasons of several platforms")
struct SharedReasonsTests {
    @Test("a reason is given once, with all platforms that have it; reasons of the same platforms stand together")
    func grouped() {
        let groups = SharedReasons.grouped([
            (platform: "apple", reasons: ["no title", "no cover"]),
            (platform: "google", reasons: ["small cover", "no title", "no cover"]),
            (platform: "kobo", reasons: ["no text", "no title", "no cover"]),
        ])
        #expect(
            groups.map(\.line) == [
                "apple, google, kobo: no title; no cover", "google: small cover", "kobo: no text",
            ]
        )
        #expect(SharedReasons.grouped([]).isEmpty)
        #expect(SharedReasons.grouped([("acx", ["a", "a"])]).map(\.line) == ["acx: a"])
    }
}
