/// The Info or Xing tag in the first frame of an MP3 file, which describes the frames after it, with LAME's addition.
struct InfoTag {
    /// Bytes of a frame that are needed to read it: 36 of header and side information, 120 of Xing's part, 36 of
    /// LAME's.
    static let bytesNeeded = 192

    /// The number of frames that follow; nil if the tag does not state it.
    let frames: Int?
    /// The samples before and after the sound; nil without LAME's part of the tag.
    let trim: (delay: Int, padding: Int)?
    /// CRC-16 of the frames that follow.
    let musicCRC: UInt16?

    /// Reads the tag; nil when the frame holds sound instead of a tag.
    init?(frame: [UInt8], header: MPEGHeader) {
        let start = header.infoOffset
        if frame.count >= 54, ("VBRI" as StaticString).matches(frame[36..<40]) {
            // Fraunhofer's tag (at 36 in all modes): version 2, delay 2, quality 2, bytes 4, frames 4. The decoder does
            // not cut its delay, so the beginning of the sound stays unknown.
            frames = Int(frame[50..<54].bigEndian)
            trim = nil
            musicCRC = nil
            return
        }
        guard frame.count >= start + 8,
            ("Info" as StaticString).matches(frame[start..<start + 4])
                || ("Xing" as StaticString).matches(frame[start..<start + 4])
        else { return nil }
        let flags = frame[start + 7]
        var offset = start + 8
        var frames: Int?
        if flags & 1 != 0, frame.count >= offset + 4 { frames = Int(frame[offset..<offset + 4].bigEndian) }
        self.frames = frames
        for (bit, size) in [(1, 4), (2, 4), (4, 100), (8, 4)] as [(UInt8, Int)] where flags & bit != 0 {
            offset += size
        }
        guard frame.count >= offset + 36 else {
            trim = nil
            musicCRC = nil
            return
        }
        let encoder = frame[offset..<offset + 4]
        let names: [StaticString] = ["LAME", "Lavf", "Lavc"]
        guard names.contains(where: { $0.matches(encoder) }) else {
            trim = nil
            musicCRC = nil
            return
        }
        let packed = frame[offset + 21..<offset + 24].bigEndian
        trim = (delay: Int(packed >> 12), padding: Int(packed & 0xFFF))
        let crc = UInt16(frame[offset + 32..<offset + 34].bigEndian)
        musicCRC = crc == 0 ? nil : crc
    }
}

/// The checksum of Info tags: CRC-16 with the reflected polynomial 0xA001, starting from 0.
struct CRC16 {
    private static let table: [UInt16] = (0..<256).map { index in
        (0..<8).reduce(UInt16(index)) { crc, _ in crc & 1 == 0 ? crc >> 1 : crc >> 1 ^ 0xA001 }
    }

    private(set) var value: UInt16 = 0

    mutating func update(_ bytes: Span<UInt8>) {
        var crc = value
        for index in bytes.indices { crc = crc >> 8 ^ CRC16.table[Int(UInt8(truncatingIfNeeded: crc) ^ bytes[index])] }
        value = crc
    }
}
