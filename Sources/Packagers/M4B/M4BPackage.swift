package import Model

/// An M4B: chapters of AAC in one track, with marks, tags and cover before the audio.
///
/// Chapters are encoded separately and joined unchanged, each with its encoder's priming packet, so a chapter's bytes
/// depend only on the chapter. The edit list hides the first priming packet. The others are part of the timeline, 1,024
/// samples each, and a chapter's mark is at its own priming packet. So players that do not go back a packet when they
/// seek still decode the chapter's first sample correctly.
///
/// The index comes before the audio and holds the size of every packet. Its length is known before anything is encoded, so
/// the audio is given away chapter by chapter, and the header last.
package struct M4BPackage: Packager {
    /// The content of the package without the audio itself.
    package struct Contents: Sendable, Hashable {
        /// One chapter.
        package struct Chapter: Sendable, Hashable {
            /// Its title.
            package var title: String
            /// Its length at 44,100 Hz. A multiple of 1,024.
            package var samples: Int

            /// A chapter with these values.
            package init(title: String, samples: Int) {
                self.title = title
                self.samples = samples
            }
        }

        /// The book's metadata.
        package var book: BookMetadata
        /// The cover, if there is one.
        package var cover: Cover?
        /// The chapters, in reading order.
        package var chapters: [Chapter]

        /// Contents with these values.
        package init(book: BookMetadata, cover: Cover?, chapters: [Chapter]) {
            self.book = book
            self.cover = cover
            self.chapters = chapters
        }
    }

    /// Bytes before the audio. Their number is known before anything is encoded.
    package let headerSize: Int64
    /// All bytes of the package that depend on neither audio nor picture. Together with the digests of both, they
    /// determine the package.
    package var fixedBytes: [[UInt8]] {
        [tags, movie.textSamples.flatMap { $0 }, Array(movie.language.utf8)]
            + movie.chapterSamples.map { Array(String($0).utf8) }
    }

    private let movie: MP4Movie
    private let tags: [UInt8]
    private let cover: Cover?
    private var packetSizes: [UInt32] = []
    private var chapters = 0
    private var audioBytes: Int64 = 0

    /// Lays out a package.
    ///
    /// - Throws: ``PackagerError`` if the cover has 256 MiB or more, or a chapter 27 hours: the text track counts in 32 bits.
    package init(_ contents: Contents) throws(PackagerError) {
        movie = MP4Movie(
            language: contents.book.language,
            chapterSamples: contents.chapters.map(\.samples),
            titles: contents.chapters.map(\.title)
        )
        tags = MP4Metadata(book: contents.book).items
        cover = contents.cover
        guard cover?.bytes ?? 0 < 1 << 28 else { throw .tooLarge("the cover") }
        for chapter in contents.chapters where chapter.samples >= Int(UInt32.max) - MP4Movie.packetSamples {
            throw .tooLarge("the chapter \"\(chapter.title)\"")
        }
        let header = Header(movie: movie, tags: tags, cover: contents.cover)
        headerSize = header.size(packets: movie.packets)
    }

    /// Returns nothing, because what comes first depends on the audio.
    package mutating func begin() throws(PackagerError) -> [Piece] { [] }

    /// Adds the next chapter, whose file is its packets back to back without headers of their own.
    package mutating func add(_ track: EncodedFile) throws(PackagerError) -> [Piece] {
        let index = chapters
        guard index < movie.titles.count else {
            throw .unplannedTracks(planned: movie.titles.count, actual: index + 1)
        }
        let packets = movie.chapterPackets[index]
        let sum = track.packetSizes.reduce(0) { $0 + Int64($1) }
        guard track.packetSizes.count == packets, sum == track.bytes else {
            throw .unplannedPackets(
                title: movie.titles[index],
                planned: packets,
                actual: track.packetSizes.count,
                bytes: track.bytes
            )
        }
        let offset = headerSize + audioBytes
        packetSizes += track.packetSizes
        chapters += 1
        audioBytes += track.bytes
        return [Piece(offset: offset, content: .file(.track(index), offset: 0, length: track.bytes))]
    }

    /// The header: everything before the audio.
    package mutating func finish() throws(PackagerError) -> [Piece] {
        guard chapters == movie.titles.count else {
            throw .unplannedTracks(planned: movie.titles.count, actual: chapters)
        }
        let header = Header(movie: movie, tags: tags, cover: cover)
        let parts = header.parts(packetSizes: packetSizes, audioOffset: headerSize, audioBytes: audioBytes)
        var pieces = PieceList(offset: 0)
        pieces.append(parts.beforeCover)
        if let cover { pieces.append(.cover, length: Int64(cover.bytes)) }
        pieces.append(parts.afterCover)
        return pieces.pieces
    }
}

/// Everything before the audio, in two runs of bytes with the cover between them.
private struct Header {
    let movie: MP4Movie
    let tags: [UInt8]
    let cover: Cover?

    /// The header's size, which the sizes of packets do not change.
    func size(packets: Int) -> Int64 {
        let sizes = [UInt32](repeating: 0, count: packets)
        let parts = parts(packetSizes: sizes, audioOffset: 0, audioBytes: 0)
        return Int64(parts.beforeCover.count + (cover?.bytes ?? 0) + parts.afterCover.count)
    }

    func parts(
        packetSizes: [UInt32],
        audioOffset: Int64,
        audioBytes: Int64
    ) -> (beforeCover: [UInt8], afterCover: [UInt8]) {
        let text = movie.textSamples.flatMap { $0 }
        let textOffset = UInt64(max(0, audioOffset - Int64(text.count)))

        var before: [UInt8] = []
        before.appendBox("ftyp") { ftyp in
            for brand in ["M4B ", "\0\0\0\0", "M4B ", "M4A ", "mp42", "isom"] { ftyp.append(fourCharacters: brand) }
        }
        let moov = before.count
        before.appendBox("moov") { moov in
            movie.appendTracks(
                to: &moov,
                packetSizes: packetSizes,
                textOffset: textOffset,
                audioOffset: UInt64(audioOffset)
            )
        }
        let nero = MP4Metadata.neroChapters(titles: movie.titles, marks: movie.marks)
        let udta = before.count
        before += userDataHead
        // The cover's bytes and the list after them belong to `moov` and `udta`, which are still open at this point.
        let rest = (cover?.bytes ?? 0) + nero.count
        before.growBox(at: moov, by: before.count - udta + rest)
        before.growBox(at: udta, by: rest)

        var after = nero
        after.append(mediaDataOf: audioBytes + Int64(text.count), large: movie.needs64BitOffsets)
        after += text
        return (before, after)
    }

    /// `udta` up to the cover's bytes. The boxes inside it already have their final length; `udta` itself does not.
    private var userDataHead: [UInt8] {
        let picture = cover?.bytes ?? 0
        var bytes: [UInt8] = []
        bytes.appendBox("udta") { udta in
            let meta = udta.count
            udta.appendFullBox("meta") { meta in
                meta.appendFullBox("hdlr") { hdlr in
                    hdlr.append(zeros: 4)
                    hdlr.append(fourCharacters: "mdir")
                    hdlr.append(fourCharacters: "appl")
                    hdlr.append(zeros: 9)
                }
                let ilst = meta.count
                meta.appendBox("ilst") { ilst in
                    ilst += tags
                    guard let cover else { return }
                    let covr = ilst.count
                    ilst.appendBox("covr") { covr in
                        let data = covr.count
                        covr.appendBox("data") { data in
                            data.appendBigEndian((cover.format == .jpeg ? 13 : 14) as UInt32)
                            data.append(zeros: 4)
                        }
                        covr.growBox(at: data, by: picture)
                    }
                    ilst.growBox(at: covr, by: picture)
                }
                meta.growBox(at: ilst, by: picture)
            }
            udta.growBox(at: meta, by: picture)
        }
        return bytes
    }
}

extension [UInt8] {
    /// Increases the stated size of the box that begins at `index` by `count` bytes, which are written elsewhere.
    fileprivate mutating func growBox(at index: Int, by count: Int) {
        let size = self[index..<index + 4].reduce(0) { $0 << 8 | UInt32($1) } + UInt32(count)
        for place in 0..<4 { self[index + place] = UInt8(truncatingIfNeeded: size >> (24 - 8 * place)) }
    }

    /// Appends the header of `mdat`, which is followed by `bytes` bytes.
    fileprivate mutating func append(mediaDataOf bytes: Int64, large: Bool) {
        appendBigEndian(large ? 1 : UInt32(truncatingIfNeeded: bytes + 8))
        append(fourCharacters: "mdat")
        if large { appendBigEndian(UInt64(bytes + 16)) }
    }
}
