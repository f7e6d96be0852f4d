import NIOCore
import Protobuf
import Testing

@testable import TTRPC

@Suite("Frame decoder")
struct FrameDecoderTests {
    static let frames = [
        Frame(.request, on: 1, flags: .remoteOpen, body: [1, 2, 3]),
        Frame(.data, on: 1, body: []),
        Frame(.data, on: 1, flags: [.remoteClosed, .noData]),
        Frame(FrameHeader.Kind(rawValue: 9), on: 0xFFFF_FFFF, body: Array(repeating: 7, count: 40)),
    ]

    private func bytes(_ frames: [Frame]) -> [UInt8] {
        var buffer = ByteBuffer()
        for frame in frames { frame.write(to: &buffer) }
        return Array(buffer.readableBytesView)
    }

    private func decode(_ parts: [ArraySlice<UInt8>]) -> [FrameDecoder.Event] {
        var decoder = FrameDecoder()
        return parts.flatMap { part in
            var events: [FrameDecoder.Event] = []
            var buffer = ByteBuffer(bytes: part)
            while let event = decoder.next(from: &buffer) { events.append(event) }
            #expect(buffer.readableBytes == 0, "what is not decoded is kept by the decoder")
            return events
        }
    }

    @Test("frames are decoded alike, wherever the bytes are cut into three pieces")
    func everySplit() {
        let bytes = bytes(Self.frames)
        for first in 0...bytes.count {
            for second in first...bytes.count {
                let events = decode([bytes[..<first], bytes[first..<second], bytes[second...]])
                #expect(events == Self.frames.map(FrameDecoder.Event.frame))
            }
        }
    }

    @Test("frames are decoded alike if the bytes arrive one by one")
    func singleBytes() {
        let bytes = bytes(Self.frames)
        #expect(decode(bytes.indices.map { bytes[$0...$0] }) == Self.frames.map(FrameDecoder.Event.frame))
    }

    @Test("a frame above the limit is reported at its tenth byte, and its body is skipped", arguments: [0, 5, 4096])
    func oversized(cut: Int) {
        let header = FrameHeader(length: FrameHeader.maximumLength + 1, streamID: 3, kind: .data)
        let start: [UInt8] = [0x00, 0x40, 0x00, 0x01, 0, 0, 0, 3, 3, 0]
        let body = [UInt8](repeating: 0xEE, count: FrameHeader.maximumLength + 1)
        let after = Frame(.data, on: 5, body: [1])
        #expect(decode([start[...]]) == [.oversized(header)])
        let events = decode([start[..<4], start[4...], body[..<cut], body[cut...], bytes([after])[...]])
        #expect(events == [.oversized(header), .frame(after)])
    }

    @Test("a frame at the limit is accepted")
    func largest() {
        let frame = Frame(.data, on: 1, body: [UInt8](repeating: 1, count: FrameHeader.maximumLength))
        let bytes = bytes([frame])
        #expect(decode([bytes[..<100], bytes[100..<2_000_000], bytes[2_000_000...]]) == [.frame(frame)])
    }

    @Test("a body of four gigabytes can be announced, and is skipped without being stored")
    func longest() {
        let start: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1, 1, 0]
        let header = FrameHeader(length: 0xFFFF_FFFF, streamID: 1, kind: .request)
        #expect(decode([start[...], start[...], start[...]]) == [.oversized(header)])
    }
}
