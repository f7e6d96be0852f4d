import Foundation
import Testing

@testable import PackctlCommands

@Suite("Natural order")
struct NaturalOrderTests {
    @Test("numbers are compared by value, whatever their length")
    func numbers() {
        let names = [
            "10.wav", "9.wav", "1.wav", "01.wav", "2 b.wav", "2 a10.wav", "2 a9.wav", "99999999999999999999999.wav",
        ]
        #expect(
            names.sorted(by: NaturalOrder.areInOrder) == [
                "01.wav", "1.wav", "2 a9.wav", "2 a10.wav", "2 b.wav", "9.wav", "10.wav",
                "99999999999999999999999.wav",
            ]
        )
    }

    @Test("letters compare without regard to case, and a prefix comes before longer names")
    func letters() {
        let names = ["b.wav", "A.wav", "a.wav.bak", "C", "c2", "c10"]
        #expect(names.sorted(by: NaturalOrder.areInOrder) == ["A.wav", "a.wav.bak", "b.wav", "C", "c2", "c10"])
    }
}

@Suite("Words for people")
struct QuantitiesTests {
    @Test(
        "sizes are printed in the unit that suits them, by powers of a thousand",
        arguments: [
            (0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1 kB"), (999_499, "999 kB"), (999_500, "1.0 MB"),
            (12_345_678, "12.3 MB"), (1_250_000_000, "1.2 GB"), (1_000_000_000_000, "1.0 TB"),
            (2_500_000_000_000_000, "2500.0 TB"),
        ]
    )
    func sizes(_ bytes: Int, _ text: String) {
        #expect(Quantities.size(bytes) == text)
    }

    @Test(
        "times are relative if they are near, and local otherwise",
        arguments: [
            (-10, "just now"), (10, "in a moment"), (-180, "3 min ago"), (82_800, "in 23 h"), (-259_200, "3 days ago"),
            (2_592_000, "in 30 days"), (-7_776_000, "90 days ago"), (9_504_000, "2026-04-12 12:30"),
        ] as [(Double, String)]
    )
    func times(_ seconds: Double, _ text: String) throws {
        #expect(try time().relative(noon.addingTimeInterval(seconds)) == text)
    }

    @Test(
        "the time left counts down to zero",
        arguments: [(80, "1:20 left"), (7500, "2 h 05 min left"), (0, nil), (-5, nil)]
    )
    func left(_ seconds: Double, _ text: String?) throws {
        #expect(try time().left(until: noon.addingTimeInterval(seconds)) == text)
    }

    @Test("a text is cut by columns, and wide characters take two")
    func widths() {
        #expect("naïve".displayWidth == 5)
        #expect("物語".displayWidth == 4)
        #expect("物語の本".truncated(to: 6) == "物語…")
        #expect("abc".truncated(to: 3) == "abc")
        #expect("a\u{1B}[31m\nb".printable == "a [31m b")
    }

    private let noon = Date(timeIntervalSince1970: 1_766_489_400)  // 2025-12-23T11:30:00Z

    private func time() throws -> TimeText {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(secondsFromGMT: 3600))
        return TimeText(now: noon, calendar: calendar)
    }
}
