import Protobuf
import Testing

@testable import TTRPC

@Suite("Send queue")
struct SendQueueTests {
    private func frame(_ streamID: UInt32, _ byte: UInt8) -> Frame { Frame(.data, on: streamID, body: [byte]) }

    @Test("frames of a stream keep their order, and streams take turns")
    func turns() {
        var queue = SendQueue()
        for byte in UInt8(0)..<3 { queue.append(frame(1, byte)) }
        queue.append(frame(3, 9))
        var popped: [Frame] = []
        while let next = queue.popFirst() { popped.append(next) }
        #expect(popped == [frame(1, 0), frame(3, 9), frame(1, 1), frame(1, 2)])
        #expect(queue.isEmpty)
    }

    @Test("first frames of new streams leave in the order in which they were queued")
    func order() {
        var queue = SendQueue()
        for id in stride(from: UInt32(1), to: 40, by: 2) {
            queue.append(frame(id, 0))
            queue.append(frame(id, 1))
            if id.isMultiple(of: 3) { _ = queue.popFirst() }
        }
        var seen: Set<UInt32> = [1, 3, 5]
        var firsts: [UInt32] = []
        while let next = queue.popFirst() {
            if next.body == [0], seen.insert(next.streamID).inserted { firsts.append(next.streamID) }
        }
        #expect(firsts == firsts.sorted())
    }

    @Test("the bytes of a stream are counted with their headers, and dropping the stream frees them")
    func counts() {
        var queue = SendQueue()
        queue.append(frame(1, 0))
        queue.append(frame(1, 1))
        #expect(queue.byteCount(of: 1) == 22)
        #expect(queue.removeAll(of: 1).map(\.body) == [[0], [1]])
        #expect(queue.byteCount(of: 1) == 0)
        queue.append(frame(1, 2))
        let popped = [queue.popFirst(), queue.popFirst()]
        #expect(popped == [frame(1, 2), nil])
    }
}

@Suite("Used stream ids")
struct UsedStreamIDsTests {
    @Test("an id is accepted once, and a skipped id may come later")
    func skipped() {
        var used = UsedStreamIDs()
        let taken = [7, 7, 3, 3].map { used.insert($0) }
        #expect(taken == [true, false, true, false])
        #expect(used.contains(3) && used.contains(7) && !used.contains(5) && !used.contains(9))
    }

    @Test("an id further behind than the window is never accepted")
    func window() {
        let reach = 2 * UInt32(UsedStreamIDs.window)
        var used = UsedStreamIDs()
        let taken = [1 + 2 * reach, 1 + reach, reach - 1].map { used.insert($0) }
        #expect(taken == [true, true, false])
        #expect(used.contains(1))
    }

    @Test("the very last id is accepted once")
    func last() {
        var used = UsedStreamIDs()
        let taken = [UInt32.max - 2, .max, .max].map { used.insert($0) }
        #expect(taken == [true, true, false])
    }
}
