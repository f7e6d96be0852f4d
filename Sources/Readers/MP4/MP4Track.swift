/// The parts of one `trak` box that are needed here.
struct MP4Track {
    private(set) var id = 0
    private(set) var handler = ""
    /// Ids of the tracks that hold this track's chapters.
    private(set) var chapterTracks: [Int] = []
    private var timescale = 0
    private var duration = 0
    private var table: Range<Int>?

    init(_ box: Range<Int>, _ walk: inout MP4Walk) throws(ReaderError) {
        let file = walk.file
        if let header = try walk.first(["tkhd"], in: box), let version = try file.bytes(header.lowerBound, 1)?.first {
            // Two times come before the id: with 32 bits each in version 0, with 64 in version 1.
            id = try file.bytes(header.lowerBound + (version == 1 ? 20 : 12), 4)?.size ?? 0
        }
        if let chapters = try walk.first(["tref", "chap"], in: box),
            let ids = try file.bytes(chapters.lowerBound, min(chapters.count, 64))
        {
            chapterTracks = stride(from: 0, to: ids.count - 3, by: 4).map { ids[$0..<$0 + 4].size }
        }
        guard let media = try walk.first(["mdia"], in: box) else { return }
        for child in try walk.children(of: media) {
            switch child.kind {
            case "hdlr":
                handler = String(decoding: try file.bytes(child.content.lowerBound + 8, 4) ?? [], as: UTF8.self)
            case "mdhd":
                guard let head = try file.bytes(child.content.lowerBound, min(32, child.content.count)) else { break }
                if head.first == 1, head.count >= 32 {
                    (timescale, duration) = (head[20..<24].size, head[24..<32].size)
                } else if head.count >= 20 {
                    (timescale, duration) = (head[12..<16].size, head[16..<20].size)
                }
            case "minf":
                table = try walk.first(["stbl"], in: child.content)
            default: break
            }
        }
    }

    // MARK: Sound

    func audio(_ walk: inout MP4Walk) throws(ReaderError) -> MP4Index.Audio? {
        guard let table, let description = try walk.first(["stsd"], in: table), description.count >= 44,
            let head = try walk.file.bytes(description.lowerBound + 8, 8)
        else { return nil }
        var codec = String(decoding: head[4..<8], as: UTF8.self)
        if codec == "mp4a" {
            let entry = description.lowerBound + 44..<max(description.lowerBound + 44, description.upperBound)
            codec = try Self.codec(try walk.first(["esds"], in: entry), walk.file)
        }
        return MP4Index.Audio(
            codec: codec,
            bytes: try sizes(&walk, limit: Int.max).total,
            duration: duration,
            timescale: timescale
        )
    }

    /// The codec that the elementary stream's descriptor states (ISO 14496-1 §7.2.6): "aac" for AAC-LC.
    private static func codec(_ esds: Range<Int>?, _ file: ByteSource) throws(ReaderError) -> String {
        guard let esds, let bytes = try file.bytes(esds.lowerBound, min(esds.count, 256)) else { return "mp4a" }
        // Descriptor 4 is the decoder's configuration. Its first byte is the object type. Descriptor 5 inside it begins
        // with five bits for the audio object type; 2 is Low Complexity.
        var kind: UInt8?
        var offset = 4
        while offset + 2 <= bytes.count {
            let tag = bytes[offset]
            offset += 1
            while offset < bytes.count, bytes[offset] & 0x80 != 0 { offset += 1 }
            offset += 1
            switch tag {
            case 3: offset += 3
            case 4:
                kind = offset < bytes.count ? bytes[offset] : nil
                offset += 13
            case 5:
                guard kind == 0x40, offset < bytes.count else { return "mp4a" }
                return bytes[offset] >> 3 == 2 ? "aac" : "aac (object type \(bytes[offset] >> 3))"
            default: return "mp4a"
            }
        }
        return "mp4a"
    }

    // MARK: Chapters

    /// The texts of the track and the time at which each begins.
    func chapters(_ walk: inout MP4Walk) throws(ReaderError) -> [MP4Index.Chapter] {
        guard let table, timescale > 0 else { return [] }
        let sizes = try sizes(&walk, limit: MP4Index.mostChapters).list
        let places = try places(of: sizes, in: table, &walk)
        var starts: [Int] = []
        var time = 0
        if let times = try walk.first(["stts"], in: table) {
            try walk.table(times, width: 8, limit: MP4Index.mostChapters) { entry throws(ReaderError) in
                let step = entry.suffix(4).size
                for _ in 0..<min(entry.prefix(4).size, sizes.count - starts.count) {
                    starts.append(time)
                    time += step
                }
            }
        }
        var chapters: [MP4Index.Chapter] = []
        for (place, start) in zip(places, starts) {
            let title = try Self.title(place, walk.file)
            chapters.append(MP4Index.Chapter(title: title, start: Double(start) / Double(timescale)))
        }
        return chapters
    }

    /// A text sample: a length of two bytes, then UTF-8, or UTF-16 with a byte order mark.
    private static func title(_ place: Range<Int>, _ file: ByteSource) throws(ReaderError) -> String {
        guard place.count >= 2, let bytes = try file.bytes(place.lowerBound, min(place.count, 4096)) else { return "" }
        let text = bytes.dropFirst(2).prefix(bytes[..<2].size)
        guard text.starts(with: [0xFE, 0xFF]) else { return String(decoding: text, as: UTF8.self) }
        let units = Array(text.dropFirst(2))
        let characters = stride(from: 0, to: units.count - 1, by: 2).map {
            UInt16(units[$0]) << 8 | UInt16(units[$0 + 1])
        }
        return String(decoding: characters, as: UTF16.self)
    }

    /// The sizes of the samples, and their sum. Sizes beyond `limit` are neither listed nor, if they differ, summed.
    private func sizes(_ walk: inout MP4Walk, limit: Int) throws(ReaderError) -> (list: [Int], total: Int) {
        guard let table, let box = try walk.first(["stsz"], in: table),
            let head = try walk.file.bytes(box.lowerBound, 12)
        else { return ([], 0) }
        let (same, count) = (head[4..<8].size, head[8..<12].size)
        let keeps = limit < Int.max
        guard same == 0 else {
            let (total, overflow) = same.multipliedReportingOverflow(by: count)
            // Two numbers of 32 bits have a product of 64 bits, of which `Int` holds 63.
            guard !overflow else { throw ReaderError("its table of sizes names more bytes than any file has") }
            return (keeps ? Array(repeating: same, count: min(count, limit)) : [], total)
        }
        var list: [Int] = []
        var total = 0
        try walk.table(box, countAt: 8, width: 4, limit: limit) { entry throws(ReaderError) in
            total += entry.size
            if keeps { list.append(entry.size) }
        }
        return (list, total)
    }

    /// The position of each sample, from the tables of chunks (ISO 14496-12 §8.7.4 and §8.7.5).
    private func places(
        of sizes: [Int],
        in table: Range<Int>,
        _ walk: inout MP4Walk
    ) throws(ReaderError) -> [Range<Int>] {
        var runs: [(first: Int, samples: Int)] = []
        if let box = try walk.first(["stsc"], in: table) {
            try walk.table(box, width: 12, limit: MP4Index.mostChapters) { entry throws(ReaderError) in
                runs.append((entry.prefix(4).size, entry.dropFirst(4).prefix(4).size))
            }
        }
        var chunks: [Int] = []
        for (name, width) in [("stco", 4), ("co64", 8)] {
            guard let box = try walk.first([name], in: table) else { continue }
            try walk.table(box, width: width, limit: MP4Index.mostChapters) { entry throws(ReaderError) in
                chunks.append(entry.size)
            }
        }
        var places: [Range<Int>] = []
        var run = 0
        for (index, chunk) in chunks.enumerated() {
            while run + 1 < runs.count, runs[run + 1].first <= index + 1 { run += 1 }
            guard run < runs.count else { break }
            var offset = chunk
            for _ in 0..<min(runs[run].samples, sizes.count - places.count) {
                let size = sizes[places.count]
                guard offset <= walk.file.size, size <= walk.file.size - offset else { return places }
                places.append(offset..<offset + size)
                offset += size
            }
        }
        return places
    }
}
