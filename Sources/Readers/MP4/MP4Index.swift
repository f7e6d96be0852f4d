/// The index of an MP4 audiobook: its audio track, chapters, tags and cover.
package struct MP4Index: Sendable, Hashable {
    /// The audio track. Its rate and channels are not read here, because the index often states wrong ones; the decoder
    /// reports them.
    package struct Audio: Sendable, Hashable {
        /// "aac" for AAC-LC, otherwise the name of another codec.
        package var codec: String
        /// Bytes of all packets.
        package var bytes: Int
        /// The stored length of the track, including priming, in ``timescale`` units.
        package var duration: Int
        /// Units per second of ``duration``.
        package var timescale: Int
    }

    /// One chapter.
    package struct Chapter: Sendable, Hashable {
        /// Its title.
        package var title: String
        /// Where it begins, in seconds.
        package var start: Double
    }

    /// The most chapters that are read.
    package static let mostChapters = 10_000

    /// The main brand, such as `M4B `.
    package private(set) var brand = ""
    /// Whether the index (`moov`) comes before the audio data (`mdat`).
    package private(set) var indexIsFirst = false
    /// The audio track; nil if there is none. ``audioTracks`` counts them if there are several.
    package private(set) var audio: Audio?
    /// Audio tracks.
    package private(set) var audioTracks = 0
    /// The chapters of the text track that the audio track refers to. This is QuickTime's form, which Apple's programs
    /// read.
    package private(set) var chapters: [Chapter] = []
    /// The number of chapters in the list that Nero invented.
    package private(set) var neroChapters = 0
    /// Texts by the names of their items, such as `©nam`.
    package private(set) var tags: [String: String] = [:]
    /// Where the bytes of the cover lie.
    package private(set) var picture: Range<Int>?

    private static let longestText = 64 << 10

    /// Reads the index of `file`.
    ///
    /// - Throws: ``ReaderError`` if it is not an MP4 file, or its boxes contradict each other.
    package init(_ file: ByteSource) throws(ReaderError) {
        guard let head = try file.bytes(4, 4), head.elementsEqual("ftyp".utf8) else {
            throw ReaderError("it is no MP4 file")
        }
        var walk = MP4Walk(file)
        let top = try walk.children(of: 0..<file.size)
        brand = String(decoding: try file.bytes(8, 4) ?? [], as: UTF8.self)
        guard let index = top.firstIndex(where: { $0.kind == "moov" }) else {
            throw ReaderError("it has no index (the \"moov\" box): it may be cut short")
        }
        guard let data = top.firstIndex(where: { $0.kind == "mdat" }) else {
            throw ReaderError("it has no sound (the \"mdat\" box): it may be cut short")
        }
        indexIsFirst = index < data
        try readTracks(top[index].content, &walk)
        try readUserData(top[index].content, &walk)
    }

    private mutating func readTracks(_ moov: Range<Int>, _ walk: inout MP4Walk) throws(ReaderError) {
        var tracks: [MP4Track] = []
        for box in try walk.children(of: moov) where box.kind == "trak" && tracks.count < 32 {
            tracks.append(try MP4Track(box.content, &walk))
        }
        let sounds = tracks.filter { $0.handler == "soun" }
        audioTracks = sounds.count
        guard let sound = sounds.first else { return }
        audio = try sound.audio(&walk)
        guard let text = tracks.first(where: { sound.chapterTracks.contains($0.id) && $0.id != 0 }) else { return }
        chapters = try text.chapters(&walk)
    }

    private mutating func readUserData(_ moov: Range<Int>, _ walk: inout MP4Walk) throws(ReaderError) {
        guard let udta = try walk.first(["udta"], in: moov) else { return }
        for box in try walk.children(of: udta) {
            switch box.kind {
            case "chpl":
                // In version 1, four reserved bytes come before the count. The count itself is one byte.
                if let bytes = try walk.file.bytes(box.content.lowerBound, min(9, box.content.count)), bytes.count == 9
                {
                    neroChapters = Int(bytes[8])
                }
            case "meta" where box.content.count > 4:
                let inside = box.content.lowerBound + 4..<box.content.upperBound
                if let list = try walk.first(["ilst"], in: inside) { try readItems(list, &walk) }
            default: break
            }
        }
    }

    private mutating func readItems(_ list: Range<Int>, _ walk: inout MP4Walk) throws(ReaderError) {
        for item in try walk.children(of: list).prefix(1000) {
            if item.kind == "----" {
                try readOwnItem(item.content, &walk)
                continue
            }
            guard let data = try walk.first(["data"], in: item.content), data.count >= 8 else { continue }
            let value = data.lowerBound + 8..<data.upperBound
            if item.kind == "covr" {
                picture = picture ?? value
            } else if value.count <= Self.longestText, let bytes = try walk.file.bytes(value) {
                tags[item.kind] = tags[item.kind] ?? String(decoding: bytes, as: UTF8.self)
            }
        }
    }

    /// Reads an item with a custom name, such as `ISBN`.
    private mutating func readOwnItem(_ item: Range<Int>, _ walk: inout MP4Walk) throws(ReaderError) {
        let parts = try walk.children(of: item)
        guard let name = parts.first(where: { $0.kind == "name" })?.content, (4...260).contains(name.count),
            let data = parts.first(where: { $0.kind == "data" })?.content, data.count >= 8,
            data.count <= Self.longestText, let key = try walk.file.bytes(name.lowerBound + 4..<name.upperBound),
            let value = try walk.file.bytes(data.lowerBound + 8..<data.upperBound)
        else { return }
        let id = String(decoding: key, as: UTF8.self)
        tags[id] = tags[id] ?? String(decoding: value, as: UTF8.self)
    }
}
