internal import NIOCore

/// Frames that wait for the socket: in order within a stream, in turns between streams.
///
/// Turns keep a long download from holding up a short reply. A stream that has just got its first frame goes last, so the
/// first frames of new streams leave in the order they were queued in.
struct SendQueue {
    private struct Line {
        var frames = CircularBuffer<Frame>(initialCapacity: 2)
        var byteCount = 0
    }

    private var lines: [UInt32: Line] = [:]
    // May name streams that have no line any more; they are passed over.
    private var turns = CircularBuffer<UInt32>(initialCapacity: 8)

    /// Whether nothing waits.
    var isEmpty: Bool { lines.isEmpty }

    /// The bytes that wait on `streamID`, headers counted.
    func byteCount(of streamID: UInt32) -> Int { lines[streamID]?.byteCount ?? 0 }

    /// Puts `frame` behind those of its stream.
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

    /// Drops what waits on `streamID`.
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
