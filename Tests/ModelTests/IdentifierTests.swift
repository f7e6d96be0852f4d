import Foundation
import Model
import Testing

@Suite("Identifier")
struct IdentifierTests {
    @Test("reads and writes what Foundation's UUID does")
    func agreesWithFoundation() throws {
        for _ in 0..<200 {
            let uuid = UUID()
            let identifier = try #require(ProjectID(uuid.uuidString))
            #expect(identifier.description == uuid.uuidString.lowercased())
            let bytes = unsafe withUnsafeBytes(of: uuid.uuid) { unsafe Array($0) }
            #expect(identifier.bytes == bytes)
        }
    }

    @Test("a random identifier is a UUID of version 4")
    func version() {
        for _ in 0..<200 {
            let text = JobID.random().description
            #expect(text[text.index(text.startIndex, offsetBy: 14)] == "4")
            #expect("89ab".contains(text[text.index(text.startIndex, offsetBy: 19)]))
        }
        #expect(JobID.random() != JobID.random())
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "0", "00000000-0000-0000-0000-00000000000", "00000000-0000-0000-0000-0000000000000",
            "000000000000000000000000000000000000", "00000000-0000-0000-0000-00000000000g",
            "00000000_0000-0000-0000-000000000000", " 0000000-0000-0000-0000-000000000000",
            "-0000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-0000000000é",
        ]
    )
    func refused(text: String) {
        #expect(TenantID(text) == nil)
    }

    @Test("orders by its bytes")
    func order() throws {
        let low = try #require(ChapterID("00000000-0000-0000-ffff-ffffffffffff"))
        let high = try #require(ChapterID("00000000-0000-0001-0000-000000000000"))
        #expect(low < high)
        #expect(!(high < low))
        #expect(!(low < low))
    }

    @Test("an identifier is one text in JSON")
    func json() throws {
        let identifier = SegmentID.random()
        let bytes = try JSONEncoder().encode([identifier])
        #expect(String(decoding: bytes, as: UTF8.self) == "[\"\(identifier)\"]")
        #expect(try JSONDecoder().decode([SegmentID].self, from: bytes) == [identifier])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([SegmentID].self, from: Data("[\"x\"]".utf8)) }
    }
}
