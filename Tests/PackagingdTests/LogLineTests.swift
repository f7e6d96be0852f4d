import Foundation
import Logging
import Model
import Testing

@testable import packagingd

@Suite("Lines of the log")
struct LogLineTests {
    private func line(_ facts: Logger.Metadata, message: String = "call finished") -> LogLine {
        LogLine(time: Instant(microseconds: 0), level: .info, label: "packagingd", message: message, facts: facts)
    }

    private func object(_ line: LogLine) throws -> [String: Any] {
        let text = line.text(as: .json)
        #expect(!text.contains("\n"))
        return try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test("text has time, level, program and sentence, then the facts sorted by key, with quotes where needed")
    func text() {
        let line = line(["method": "a/B", "error": "it is \"away\"", "ms": .stringConvertible(12), "none": ""])
        #expect(
            line.text(as: .text)
                == "1970-01-01T00:00:00Z info packagingd: call finished error=\"it is \\\"away\\\"\" method=a/B ms=12 none=\"\""
        )
    }

    @Test("JSON has the same facts, and numbers as numbers")
    func json() throws {
        let object = try object(line(["ms": .stringConvertible(12), "code": "ok", "error": "it is \"away\"\\"]))
        #expect(object["time"] as? String == "1970-01-01T00:00:00Z")
        #expect(object["level"] as? String == "info")
        #expect(object["logger"] as? String == "packagingd")
        #expect(object["message"] as? String == "call finished")
        #expect(object["ms"] as? Int == 12)
        #expect(object["error"] as? String == "it is \"away\"\\")
    }

    @Test(
        "no value begins a line, moves the cursor or reverses the direction of reading",
        arguments: [
            "a\nb", "a\r\nb", "a\u{1B}[2Jb", "a\u{9B}2Jb", "a\u{2028}b", "a\u{85}b", "a\u{202E}b", "a\u{0}b",
            "a\u{7F}b",
        ]
    )
    func injection(_ value: String) throws {
        let shown = line(["slug": .string(value)], message: value).text(as: .text)
        #expect(shown.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
        #expect(shown.unicodeScalars.allSatisfy { ![0x2028, 0x202E].contains($0.value) })
        #expect(shown.hasPrefix("1970-01-01T00:00:00Z info packagingd: a\\"))
        #expect(try object(line(["slug": .string(value)]))["slug"] as? String == value)
    }

    @Test("a value cannot add another fact, nor replace the time or the level")
    func forgery() throws {
        let shown = line(["slug": "x level=error"]).text(as: .text)
        #expect(shown.hasSuffix(" slug=\"x level=error\""))
        let object = try object(line(["level": "error", "slug": "\",\"level\":\"error"]))
        #expect(object["level"] as? String == "info")
        #expect(object["_level"] as? String == "error")
    }

    @Test("a value that is far too long is cut")
    func bounded() {
        let shown = line(["error": .string(String(repeating: "x", count: 100_000))]).text(as: .text)
        #expect(shown.utf8.count < 5000)
    }
}
