import Foundation
import Model
import Testing

@Suite("Instant")
struct InstantTests {
    @Test("writes the date that Foundation's formatter writes, from October 1582 to year 9999", arguments: 0..<20)
    func agreesWithFoundation(seed: UInt64) {
        // The first second is that of 1582-10-15, because Foundation's usual calendar is Julian before that day.
        let style = Date.ISO8601FormatStyle()
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
        for _ in 0..<100 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let seconds = Int64(state >> 20) % (253_402_300_800 + 12_219_292_800) - 12_219_292_800
            let text = Instant(microseconds: seconds * 1_000_000).description
            #expect(text == Date(timeIntervalSince1970: Double(seconds)).formatted(style), "second \(seconds)")
        }
    }

    @Test(
        "knows leap years, the ends of months and days before 1970",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59.999999Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00Z"), (4_107_542_400_000_000, "2100-03-01T00:00:00Z"),
            (4_107_542_399_999_999, "2100-02-28T23:59:59.999999Z"), (1_709_251_199_000_000, "2024-02-29T23:59:59Z"),
            (1_766_485_800_000_000, "2025-12-23T10:30:00Z"), (1_766_485_800_000_001, "2025-12-23T10:30:00.000001Z"),
            (1_766_485_800_120_000, "2025-12-23T10:30:00.120000Z"), (-62_135_596_800_000_000, "0001-01-01T00:00:00Z"),
            (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
        ]
    )
    func dates(microseconds: Int, text: String) {
        #expect(Instant(microseconds: Int64(microseconds)).description == text)
    }

    @Test(
        "a time of day is the minute at which the instant has surely come",
        arguments: [(0, "00:00"), (1, "00:01"), (60_000_000, "00:01"), (86_399_000_001, "00:00"), (-1, "00:00")]
    )
    func minutes(microseconds: Int, text: String) {
        #expect(Instant(microseconds: Int64(microseconds)).minute == text)
    }

    @Test("adds durations and gives them back")
    func arithmetic() {
        let instant = Instant(microseconds: 5)
        #expect(instant + .seconds(2) == Instant(microseconds: 2_000_005))
        #expect(instant + .microseconds(-10) == Instant(microseconds: -5))
        #expect(instant + .milliseconds(-1500) == Instant(microseconds: -1_499_995))
        #expect(instant + .nanoseconds(1999) == Instant(microseconds: 6))
        #expect((instant + .hours36) - instant == .hours36)
        #expect(instant < instant + .microseconds(1))
    }
}

extension Duration {
    fileprivate static var hours36: Duration { .seconds(36 * 3600) }
}
