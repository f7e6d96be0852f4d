package import Model

/// An EPUB 3.3 of the book's text with a media overlay for each chapter, which Kobo accepts.
///
/// Each segment is an element of its chapter's page, and a clip in the chapter's single MP3 says when the segment is
/// heard. The clip is exactly the segment's samples. The MP3s carry no ID3 tag, because readers of EPUB take titles and
/// cover from the package. So a member's SHA-256 in `manifest.json` is that of the encoded file itself. The manifest is
/// the last member, because the digests are known last. Its size, like that of every other member, is known before.
package struct EPUB3Package: Packager {
    /// One file of the package.
    package struct Member: Sendable, Hashable {
        /// Its path.
        package let name: String
        /// Its size in bytes.
        package let bytes: Int64
        /// The chapter whose audio it is, by its place from 0; nil for all other members.
        package let chapter: Int?
    }

    /// A member whose bytes are made here.
    struct Text: Sendable, Hashable {
        let path: String
        let bytes: [UInt8]

        init(path: String, bytes: [UInt8]) {
            (self.path, self.bytes) = (path, bytes)
        }

        /// An XML file, by its path below the root folder.
        init(_ path: String, _ document: XMLText) {
            self.init(path: EPUB3Paths.root + path, bytes: document.file)
        }
    }

    /// The package's exact size in bytes, known before anything is encoded.
    package let size: Int64
    /// The files in their order in the package.
    package let members: [Member]
    /// All bytes of the package that are neither audio nor picture, without checksums and offsets. Together with the
    /// digests of the cover and of each chapter's audio, they determine the package. If the recipe is not known, zeros
    /// stand in its place.
    package let fixedBytes: [[UInt8]]

    private let contents: Contents
    private let coverCRC32: UInt32
    private let texts: (beforeCover: [Text], afterCover: [Text])
    private var archive = ZIPWriter()
    private var digests: [Digest] = []

    /// Lays out a package.
    ///
    /// - Parameters:
    ///   - contents: The content of the package.
    ///   - coverCRC32: The checksum of the cover's bytes. The sizes do not depend on it, so it can be 0 if only sizes
    ///     are needed.
    package init(_ contents: Contents, coverCRC32: UInt32) {
        self.init(contents, coverCRC32: coverCRC32, texts: contents.texts())
    }

    /// The same package with its chapters encoded in another way. The text members stay and are not made again.
    ///
    /// - Parameter audioBytes: The size of each chapter's encoded audio.
    package func encoded(as audio: AudioSpec, audioBytes: [Int64]) -> EPUB3Package {
        var contents = contents
        contents.audio = audio
        for (index, bytes) in audioBytes.enumerated() { contents.chapters[index].audioBytes = bytes }
        return EPUB3Package(contents, coverCRC32: coverCRC32, texts: texts)
    }

    private init(_ contents: Contents, coverCRC32: UInt32, texts: (beforeCover: [Text], afterCover: [Text])) {
        self.contents = contents
        self.coverCRC32 = coverCRC32
        self.texts = texts
        let manifest = contents.manifest(digests: [])
        fixedBytes = (texts.beforeCover + texts.afterCover).flatMap { [Array($0.path.utf8), $0.bytes] } + [manifest]

        func member(_ text: Text) -> Member { Member(name: text.path, bytes: Int64(text.bytes.count), chapter: nil) }
        var members = texts.beforeCover.map(member)
        if let cover = contents.cover {
            members.append(Member(name: EPUB3Paths.root + cover.fileName, bytes: Int64(cover.bytes), chapter: nil))
        }
        members += texts.afterCover.map(member)
        for (index, chapter) in contents.chapters.enumerated() {
            let path = EPUB3Paths.audio(EPUB3Paths.number(index, of: contents.chapters.count))
            members.append(Member(name: EPUB3Paths.root + path, bytes: chapter.audioBytes, chapter: index))
        }
        members.append(member(Text(path: EPUB3Paths.root + EPUB3Paths.manifest, bytes: manifest)))
        self.members = members
        size = ZIPWriter.size(of: members.lazy.map { ($0.name, $0.bytes) })
    }

    /// Everything but audio and manifest.
    package mutating func begin() throws(PackagerError) -> [Piece] {
        var pieces = PieceList(offset: archive.offset)
        for text in texts.beforeCover { try append(text, to: &pieces) }
        if let cover = contents.cover {
            let path = EPUB3Paths.root + cover.fileName
            pieces.append(try archive.beginMember(path, size: Int64(cover.bytes), crc32: coverCRC32))
            pieces.append(.cover, length: Int64(cover.bytes))
        }
        for text in texts.afterCover { try append(text, to: &pieces) }
        return pieces.pieces
    }

    /// The next chapter's audio, an MP3 without a tag.
    package mutating func add(_ track: EncodedFile) throws(PackagerError) -> [Piece] {
        let index = digests.count
        guard index < contents.chapters.count else {
            throw .unplannedTracks(planned: contents.chapters.count, actual: index + 1)
        }
        let path = EPUB3Paths.audio(EPUB3Paths.number(index, of: contents.chapters.count))
        guard track.bytes == contents.chapters[index].audioBytes else {
            throw .unplannedSize(name: path, planned: contents.chapters[index].audioBytes, actual: track.bytes)
        }
        guard let digest = track.digest else { throw .noDigest(name: path) }
        digests.append(digest)
        var pieces = PieceList(offset: archive.offset)
        pieces.append(try archive.beginMember(EPUB3Paths.root + path, size: track.bytes, crc32: track.crc32))
        pieces.append(.track(index), length: track.bytes)
        return pieces.pieces
    }

    /// The manifest and the archive's directory.
    package mutating func finish() throws(PackagerError) -> [Piece] {
        guard digests.count == contents.chapters.count else {
            throw .unplannedTracks(planned: contents.chapters.count, actual: digests.count)
        }
        var pieces = PieceList(offset: archive.offset)
        let manifest = contents.manifest(digests: digests)
        try append(Text(path: EPUB3Paths.root + EPUB3Paths.manifest, bytes: manifest), to: &pieces)
        pieces.append(archive.finish())
        return pieces.pieces
    }

    private mutating func append(_ text: Text, to pieces: inout PieceList) throws(PackagerError) {
        let crc32 = CRC32(of: text.bytes).value
        pieces.append(try archive.beginMember(text.path, size: Int64(text.bytes.count), crc32: crc32) + text.bytes)
    }
}
