import Protobuf
import Testing

@Suite("Frame header")
struct FrameHeaderTests {
    private func read(_ bytes: [UInt8]) throws(WireError) -> FrameHeader {
        try unsafe FrameHeader(bytes.span.bytes)
    }

    @Test("a header is ten bytes in network order")
    func layout() throws {
        let header = FrameHeader(
            length: 0x01_02_03,
            streamID: 0x0405_0607,
            kind: .data,
            flags: [.remoteClosed, .noData]
        )
        let bytes: [UInt8] = [0, 1, 2, 3, 4, 5, 6, 7, 3, 5]
        #expect(try header.serialized() == bytes)
        #expect(try read(bytes) == header)
    }

    @Test("4 MiB pass and a byte more does not")
    func limit() throws {
        let most = FrameHeader(length: 4 << 20, streamID: 1, kind: .request)
        #expect(!most.exceedsMaximum)
        #expect(try read(most.serialized()) == most)
        let more = FrameHeader(length: 4 << 20 + 1, streamID: 1, kind: .request)
        #expect(more.exceedsMaximum)
        #expect(throws: WireError(.frameTooLong(4 << 20 + 1))) { try more.serialized() }
    }

    @Test("a length from the wire is never negative")
    func hugeLength() throws {
        let bytes = [UInt8](repeating: 0xff, count: 10)
        let header = try read(bytes)
        #expect(header.length == Int(UInt32.max))
        #expect(header.exceedsMaximum)
        #expect(header.streamID == .max)
    }

    @Test("fewer than ten bytes are no header")
    func tooShort() {
        for count in 0..<10 {
            let bytes = [UInt8](repeating: 0, count: count)
            #expect(throws: WireError(.truncated)) { try read(bytes) }
        }
    }
}
