extension Structure {
    /// Walks the pages of one logical stream (RFC 3533 §6). Checks their checksums, that their numbers have no gap, and
    /// that the last page is marked as the last.
    static func ogg(_ file: MediaFile, format: AudioFormat) throws(MediaError) -> Structure {
        var window = ByteWindow(file)
        var walk = OggWalk(rate: format == .opus ? 48_000 : 0)
        var offset = 0
        while offset < file.size {
            guard let head = try window.bytes(offset, count: 27) else { throw walk.truncated(at: offset) }
            guard ("OggS" as StaticString).matches(head[..<4]), head[4] == 0 else {
                if walk.hasEnded, try isZero(&window, from: offset) { break }
                throw MediaError(.damaged, "the bytes from \(offset) on are no Ogg page")
            }
            guard let lacing = try window.bytes(offset + 27, count: Int(head[26])) else {
                throw walk.truncated(at: offset)
            }
            let size = 27 + lacing.count + lacing.reduce(0) { $0 + Int($1) }
            // A page has at most 65,307 bytes, so that it fits in the window.
            guard let crc = try window.at(offset, count: size, OggCRC.checksum) else {
                throw walk.truncated(at: offset)
            }
            guard crc == UInt32(head[22..<26].littleEndian) else {
                throw MediaError(.damaged, "the Ogg page at byte \(offset) does not match its checksum")
            }
            let isFirst = walk.pages == 0
            try walk.take(head, at: offset)
            if isFirst, format == .vorbis, let rate = try window.bytes(offset + 28 + 12, count: 4) {
                walk.rate = Int(rate.littleEndian)
            }
            if isFirst, format == .opus, let skip = try window.bytes(offset + 28 + 10, count: 2) {
                walk.preSkip = Int(skip.littleEndian)
            }
            offset += size
        }
        guard walk.hasEnded else { throw walk.truncated(at: offset) }
        var structure = Structure(range: 0..<offset)
        if walk.granule > walk.preSkip {
            let samples = walk.granule - walk.preSkip
            // libav cuts Vorbis too early by the duration of the first packet, which is 128 samples in files of oggenc
            // and sox.
            structure.length = format == .vorbis ? .cut(to: samples) : .exactly(samples)
        }
        return structure
    }

    private static func isZero(_ window: inout ByteWindow, from start: Int) throws(MediaError) -> Bool {
        var offset = start
        while offset < window.end {
            let count = min(1 << 15, window.end - offset)
            let zero = try window.at(offset, count: count) { span in span.indices.allSatisfy { span[$0] == 0 } }
            guard zero == true else { return false }
            offset += count
        }
        return true
    }
}

/// The facts about an Ogg file that were found so far.
private struct OggWalk {
    var rate: Int
    var preSkip = 0
    var pages: UInt64 = 0
    var hasEnded = false
    /// The number of samples up to the end of the last page, including the ones to skip.
    var granule = 0
    private var serial: UInt64 = 0

    init(rate: Int) { self.rate = rate }

    mutating func take(_ head: [UInt8], at offset: Int) throws(MediaError) {
        let begins = head[5] & 0x02 != 0
        if pages == 0 { serial = head[14..<18].littleEndian }
        guard begins == (pages == 0) else {
            throw MediaError(.damaged, "a second Ogg stream begins at byte \(offset)")
        }
        guard !hasEnded, head[14..<18].littleEndian == serial else {
            throw MediaError(.damaged, "a page of another Ogg stream lies at byte \(offset)")
        }
        guard head[18..<22].littleEndian == pages else {
            throw MediaError(.damaged, "Ogg page \(pages) is missing before byte \(offset)")
        }
        let position = head[6..<14].littleEndian
        // −1: no packet ends on this page.
        if position != .max { granule = Int(clamping: position) }
        hasEnded = head[5] & 0x04 != 0
        pages += 1
    }

    func truncated(at offset: Int) -> MediaError {
        let found = rate > 0 && granule > preSkip ? " after \(seconds(granule - preSkip, at: rate))" : ""
        return MediaError(.truncated, "it ends\(found) without the page that says it is the last, at byte \(offset)")
    }
}

/// The checksum of Ogg pages: CRC-32 with polynomial 0x04C11DB7, not reflected, starting from 0. Its own four bytes
/// count as 0.
enum OggCRC {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index) << 24) { crc, _ in crc >> 31 == 0 ? crc << 1 : crc << 1 ^ 0x04C1_1DB7 }
    }

    static func checksum(_ page: Span<UInt8>) -> UInt32 {
        var crc: UInt32 = 0
        for index in page.indices {
            let byte = (22..<26).contains(index) ? 0 : page[index]
            crc = crc << 8 ^ table[Int(crc >> 24 ^ UInt32(byte))]
        }
        return crc
    }
}
