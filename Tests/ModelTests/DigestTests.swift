import Foundation
import Model
import Testing

@Suite("Digest")
struct DigestTests {
    @Test("reads 64 hexadecimal digits in either case and writes them in lower case")
    func text() throws {
        let text = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855"
        let digest = try #require(Digest(text))
        #expect(digest.description == text.lowercased())
        #expect(digest.bytes.first == 0xE3)
        #expect(digest.bytes.last == 0x55)
        #expect(Digest(bytes: digest.bytes) == digest)
        #expect(Digest(text.dropFirst(2)) == nil)
        #expect(Digest(text.dropLast() + "g") == nil)
        #expect(Digest(text + "00") == nil)
        #expect(Digest(bytes: [1, 2, 3]) == nil)
    }

    @Test("a digest is one text in JSON")
    func json() throws {
        let digest = try #require(Digest(bytes: 0..<32))
        let bytes = try JSONEncoder().encode([digest])
        #expect(String(decoding: bytes, as: UTF8.self) == "[\"\(digest)\"]")
        #expect(try JSONDecoder().decode([Digest].self, from: bytes) == [digest])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([Digest].self, from: Data("[\"00\"]".utf8)) }
    }

    @Test("hexadecimal digits come in pairs")
    func hexadecimal() {
        #expect(Hexadecimal.bytes(of: "00fF10") == [0, 255, 16])
        #expect(Hexadecimal.bytes(of: "") == [])
        #expect(Hexadecimal.bytes(of: "0") == nil)
        #expect(Hexadecimal.bytes(of: "0:") == nil)
        #expect(Hexadecimal.text(of: [0, 255, 16]) == "00ff10")
    }
}
