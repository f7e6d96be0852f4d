/// The properties of an MP3 file according to its frame headers (ISO 11172-3 §2.4.1.3, and 13818-3 for half the rates).
package struct MP3Frames: Sendable, Hashable {
    /// How channels are coded.
    package enum Mode: Int, Sendable, Hashable {
        /// Two channels that are coded separately.
        case stereo
        /// Two channels that are coded together where that is shorter.
        case joint
        /// Two unrelated channels.
        case dual
        /// One channel.
        case mono
    }

    /// The number of audio frames; a frame with an Info or Xing tag does not count.
    package private(set) var frames = 0
    /// The lowest rate of any frame, in bits per second.
    package private(set) var lowestBitRate = Int.max
    /// The highest rate of any frame, in bits per second.
    package private(set) var highestBitRate = 0
    /// Samples per second of the first frame.
    package private(set) var sampleRate = 0
    /// The channel mode of the first frame; ``Mode/joint`` if a later frame of a stereo file is joint.
    package private(set) var mode = Mode.mono
    /// Whether any frame differs from the first in its sample rate, or in whether it is mono.
    package private(set) var changesMode = false
    /// The number of bytes that do not belong to frames: after the last one, or from where no frame was found.
    package private(set) var strayBytes = 0
    /// Whether the last frame is incomplete.
    package private(set) var isCutShort = false

    /// Whether every frame has the same rate.
    package var isConstant: Bool { frames > 0 && lowestBitRate == highestBitRate }
    /// One or two.
    package var channels: Int { mode == .mono ? 1 : 2 }

    private static let window = 1 << 16

    /// Walks from frame to frame through `range`, which begins after an ID3 tag.
    ///
    /// It stops where no frame follows. The remaining bytes are counted in ``strayBytes``, except an ID3v1 tag.
    package init(_ file: ByteSource, in range: Range<Int>) throws(ReaderError) {
        var end = range.upperBound
        if range.count >= 128, let tag = try file.bytes(end - 128, 3), tag == Array("TAG".utf8) { end -= 128 }
        var buffer: [UInt8] = []
        var bufferStart = range.lowerBound
        var offset = range.lowerBound
        while offset < end {
            // 44 bytes hold all that is looked at: the header, at most 32 bytes of side information, the name of a tag.
            let wanted = min(44, end - offset)
            if offset < bufferStart || offset + wanted > bufferStart + buffer.count {
                guard let next = try file.bytes(offset, min(Self.window, end - offset)) else { break }
                (buffer, bufferStart) = (next, offset)
            }
            let head = buffer[offset - bufferStart..<offset - bufferStart + wanted]
            guard let frame = Frame(head) else { break }
            guard frame.bytes <= end - offset else {
                isCutShort = true
                return
            }
            add(frame, isTag: offset == range.lowerBound && frame.isTag(head))
            offset += frame.bytes
        }
        strayBytes = end - offset
    }

    private mutating func add(_ frame: Frame, isTag: Bool) {
        if sampleRate == 0 {
            sampleRate = frame.sampleRate
            mode = frame.mode
        } else if (frame.mode == .mono) != (mode == .mono) || frame.sampleRate != sampleRate {
            changesMode = true
        } else if frame.mode == .joint {
            mode = .joint
        }
        guard !isTag else { return }
        frames += 1
        lowestBitRate = min(lowestBitRate, frame.bitRate)
        highestBitRate = max(highestBitRate, frame.bitRate)
    }
}

private struct Frame {
    let sampleRate: Int
    let bitRate: Int
    let mode: MP3Frames.Mode
    let bytes: Int
    private let isVersion1: Bool

    private static let rates1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
    private static let rates2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]

    /// Reads a header; nil for anything but layer III with a rate in its header.
    init?(_ head: ArraySlice<UInt8>) {
        guard head.count >= 4 else { return nil }
        let word = Int(head.prefix(4).bigEndian)
        let (version, layer) = (word >> 19 & 3, word >> 17 & 3)
        let (rate, sampling) = (word >> 12 & 15, word >> 10 & 3)
        guard word >> 21 == 0x7FF, version != 1, layer == 1, (1...14).contains(rate), sampling < 3,
            let mode = MP3Frames.Mode(rawValue: word >> 6 & 3)
        else { return nil }
        isVersion1 = version == 3
        sampleRate = [44_100, 48_000, 32_000][sampling] >> (version == 3 ? 0 : version == 2 ? 1 : 2)
        bitRate = (isVersion1 ? Self.rates1 : Self.rates2)[rate] * 1000
        self.mode = mode
        bytes = (isVersion1 ? 144 : 72) * bitRate / sampleRate + (word >> 9 & 1)
    }

    /// Whether the frame holds a tag of Xing or Fraunhofer instead of sound. `head` is its first 44 bytes.
    func isTag(_ head: ArraySlice<UInt8>) -> Bool {
        let side = isVersion1 ? (mode == .mono ? 17 : 32) : (mode == .mono ? 9 : 17)
        let name = head.dropFirst(4 + side).prefix(4)
        return name.elementsEqual("Info".utf8) || name.elementsEqual("Xing".utf8)
            || head.dropFirst(36).prefix(4).elementsEqual("VBRI".utf8)
    }
}
