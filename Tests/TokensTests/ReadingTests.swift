import Foundation
import Testing

@testable import Tokens

@Suite("Reading what others wrote")
struct ReadingTests {
    @Test("base64url is read as Foundation reads it, where it is exactly what would be written")
    func base64URL() {
        for count in 0..<70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ count) }
            let text = Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
                .replacing("=", with: "")
            #expect(Base64URL.encode(bytes) == text)
            #expect(Base64URL.decode(text.utf8) == bytes)
        }
        for text in ["A", "AAAAA", "AB", "AAB", "A=", "AA==", "AA=", "A A", "AA\n", "+A", "/A", "Aé", "A.", "\0A"] {
            #expect(Base64URL.decode(text.utf8) == nil, "\(text)")
        }
    }

    @Test(
        "JSON is read",
        arguments: [
            (#"{}"#, .object([:])), ("[]", .list([])), (" null\n", .null), ("true", .truth(true)),
            ("false", .truth(false)),
            ("-0", .number(0)), ("1.5e3", .number(1500)), ("12E-1", .number(1.2)),
            (#""a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude42é""#, .text("a\"\\/\u{8}\u{C}\n\r\té🙂é")),
            (
                #"{"a":[1,{"b":null}] , "c":""}"#,
                .object(["a": .list([.number(1), .object(["b": .null])]), "c": .text("")])
            ),
        ] as [(String, JSONValue)]
    )
    func json(_ text: String, _ value: JSONValue) throws {
        #expect(try JSONValue(parsing: Array(text.utf8)) == value)
    }

    @Test(
        "what is no JSON, or can be read in two ways, is an error",
        arguments: [
            "", " ", "{", "[", "[1,]", "[,1]", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{a:1}"#, "01", "1.", ".5", "+1",
            "1e",
            "--1", "0x10", "NaN", "Infinity", "1e400", "nul", "truee", #""\x""#, #""\u12""#, #""\ud83d""#, #""\ude42""#,
            #""\ud83d\u0041""#, "\"\u{1}\"", "\"\n\"", #"""#, #"'a'"#, "1 2", "[1] x", #"{"a":1,"a":1}"#,
            #"{"a":1,"\u0061":2}"#, #"{"b":{"a":1,"a":2}}"#, String(repeating: "[", count: 100_000), "\u{FEFF}{}",
            "/**/1",
        ]
    )
    func noJSON(_ text: String) {
        #expect(throws: JSONFault.self) { try JSONValue(parsing: Array(text.utf8)) }
    }

    @Test(
        "bytes that are no UTF-8 are an error",
        arguments: [[0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0xED, 0xA0, 0x80]]
    )
    func noText(_ bytes: [UInt8]) {
        #expect(throws: JSONFault("is not text in UTF-8")) { try JSONValue(parsing: bytes) }
    }

    @Test("sixteen levels are read, and not one more")
    func depth() throws {
        func nested(_ count: Int) -> [UInt8] {
            Array((String(repeating: "[", count: count) + String(repeating: "]", count: count)).utf8)
        }
        _ = try JSONValue(parsing: nested(16))
        #expect(throws: JSONFault("is nested more than 16 levels deep")) { try JSONValue(parsing: nested(17)) }
    }
}
