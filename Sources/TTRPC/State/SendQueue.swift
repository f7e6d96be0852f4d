internal import NIOCore

/// Frames that wait for the socket. Frames of one stream keep their order, and streams take turns.
///
/// Because of the turns, a long download does not delay a short reply. A stream that just got its first frame is last,
/// so the first frames of new streams are sent in the order in which they were queued.
struct SendQueue {
    private struct Line {
        var frames = CircularBuffer<Frame>(initialCapacity: 2)
        var byteCount = 0
    }

    private var lines: [UInt32: Line] = [:]
    // It may name streams that have no waiting frames any more; these are skipped.
    private var turns = CircularBuffer<UInt32>(initialCapacity: 8)

    /// Whether nothing waits.
    var isEmpty: Bool { lines.isEmpty }

    /// The number of bytes waiting on `streamID`, including headers.
    func byteCount(of streamID: UInt32) -> Int { lines[streamID]?.byteCount ?? 0 }

    /// Adds `frame` after the other frames of its stream.
    mutating func append(_ frame: Frame) {
        let isFirst = lines[frame.streamID] == nil
        lines[frame.streamID, default: Line()].frames.append(frame)
        lines[frame.streamID, default: Line()].byteCount += frame.byteCount
        if isFirst { turns.append(frame.streamID) }
    }

    /// Takes the next frame: the oldest of the stream whose turn it is.
    mutating func popFirst() -> Frame? {
        while let streamID = turns.popFirst() {
            guard let frame = lines[streamID]?.frames.popFirst() else { continue }
            lines[streamID]?.byteCount -= frame.byteCount
            if lines[streamID]?.frames.isEmpty == true {
                lines[streamID] = nil
            } else {
                turns.append(streamID)
            }
            return frame
        }
        return nil
    }

    /// Drops the frames that wait on `streamID`.
    ///
    /// - Returns: The frames dropped, oldest first.
    @discardableResult
    mutating func removeAll(of streamID: UInt32) -> [Frame] {
        lines.removeValue(forKey: streamID).map { Array($0.frames) } ?? []
    }

    /// Drops everything.
    mutating func removeAll() {
        lines = [:]
        turns = CircularBuffer(initialCapacity: 8)
    }
}
