internal import Model

/// `udta` of an M4B: the book's tags in Apple's form, and the chapter list that Nero invented.
struct MP4Metadata {
    let book: BookMetadata

    /// The items of `ilst` except the cover.
    var items: [UInt8] {
        let authors = book.authors.joined(separator: ", ")
        let narrators = book.narrators.joined(separator: ", ")
        var items: [UInt8] = []
        func text(_ type: String, _ value: String?) {
            guard let value, !value.isEmpty else { return }
            items.appendBox(type) { Self.appendData(to: &$0, kind: 1, Array(value.utf8)) }
        }
        text("©nam", book.title)
        text("©ART", authors)
        text("aART", authors)
        text("©wrt", narrators)  // audiobook programs look here for the narrator
        text("©nrt", narrators)
        text("©alb", book.title)
        text("©gen", "Audiobook")
        text("©day", book.year.map(String.init))
        text("cprt", book.copyright)
        text("©pub", book.publisher)
        // The short description has at most 255 bytes, the long one has no limit.
        text("desc", book.shownDescription?.prefix(utf8: 255))
        text("ldes", book.shownDescription)
        // The kind "audiobook", as one byte. Apple's programs then file it under books.
        items.appendBox("stik") { Self.appendData(to: &$0, kind: 21, [2]) }
        for (name, value) in [("SUBTITLE", book.subtitle), ("SERIES", book.series), ("ISBN", book.isbn)] {
            guard let value, !value.isEmpty else { continue }
            items.appendBox("----") { item in
                item.appendFullBox("mean") { $0 += "com.apple.iTunes".utf8 }
                item.appendFullBox("name") { $0 += name.utf8 }
                Self.appendData(to: &item, kind: 1, Array(value.utf8))
            }
        }
        return items
    }

    /// Nero's list, which VLC, mutagen and many players read. It is empty for a book with more chapters than its
    /// one-byte counter can hold.
    static func neroChapters(titles: [String], marks: [Int]) -> [UInt8] {
        guard !titles.isEmpty, titles.count <= UInt8.max else { return [] }
        var bytes: [UInt8] = []
        bytes.appendFullBox("chpl", version: 1) { chpl in
            chpl.append(zeros: 4)
            chpl.append(UInt8(titles.count))
            for (title, mark) in zip(titles, marks) {
                // In units of 100 ns, rounded to the nearest.
                let ticks = (mark * 10_000_000 + Timeline.sampleRate / 2) / Timeline.sampleRate
                chpl.appendBigEndian(UInt64(ticks))
                let text = title.prefix(utf8: 255)
                chpl.append(UInt8(text.utf8.count))
                chpl += text.utf8
            }
        }
        return bytes
    }

    private static func appendData(to item: inout [UInt8], kind: UInt32, _ value: [UInt8]) {
        item.appendBox("data") { data in
            data.appendBigEndian(kind)
            data.append(zeros: 4)  // no country, no language
            data += value
        }
    }
}
