package import Model

/// A ZIP of one MP3 per track, the cover, and `metadata.json`, which Google, Spotify and ACX accept.
///
/// The platforms read title, narrator and order from a form or a feed, so no file inside follows their formats. The
/// metadata file is for people, for example to fill in that form. Neither it nor any other file inside names a
/// platform, so two platforms with the same audio get the same bytes. Every MP3 has an ID3 tag with the cover.
package struct ZipMP3Package: Packager {
    /// The content of the package without the audio itself.
    package struct Contents: Sendable, Hashable {
        /// One MP3.
        package struct Track: Sendable, Hashable {
            /// The file's name, such as `01 - One.mp3`.
            package var name: String
            /// The track's title.
            package var title: String
            /// The chapter's role in the book.
            package var kind: ChapterKind
            /// Length at 44,100 Hz.
            package var samples: Int
            /// Size of the encoded audio without a tag.
            package var audioBytes: Int64

            /// A track with these values.
            package init(name: String, title: String, kind: ChapterKind, samples: Int, audioBytes: Int64) {
                self.name = name
                self.title = title
                self.kind = kind
                self.samples = samples
                self.audioBytes = audioBytes
            }
        }

        /// The book's metadata.
        package var book: BookMetadata
        /// The cover, if there is one.
        package var cover: Cover?
        /// How the tracks are encoded.
        package var audio: AudioSpec
        /// The tracks, in reading order.
        package var tracks: [Track]

        /// Contents with these values.
        package init(book: BookMetadata, cover: Cover?, audio: AudioSpec, tracks: [Track]) {
            self.book = book
            self.cover = cover
            self.audio = audio
            self.tracks = tracks
        }
    }

    /// One file of the package.
    package struct Member: Sendable, Hashable {
        /// Its name.
        package let name: String
        /// Its size in bytes.
        package let bytes: Int64
    }

    /// The package's exact size in bytes, known before anything is encoded.
    package let size: Int64
    /// The files in their order in the package: metadata, cover, tracks.
    package let members: [Member]
    /// All bytes of the package that are neither audio nor picture, without checksums and offsets: metadata, then tags.
    ///
    /// Together with the digests of the cover and of each track's audio, they determine the package.
    package var fixedBytes: [[UInt8]] { [metadata] + tags.map(\.head) }

    private let contents: Contents
    private let coverFile: EncodedFile?
    private let metadata: [UInt8]
    private let tags: [ID3Tag]
    private var archive = ZIPWriter()
    private var tracksAdded = 0

    /// Lays out a package.
    ///
    /// - Parameters:
    ///   - contents: The content of the package.
    ///   - coverCRC32: The checksum of the cover's bytes. The sizes do not depend on it, so it can be 0 if only sizes
    ///     are needed.
    /// - Throws: ``PackagerError`` if a tag would be too large.
    package init(_ contents: Contents, coverCRC32: UInt32) throws(PackagerError) {
        var tags: [ID3Tag] = []
        for (index, track) in contents.tracks.enumerated() {
            tags.append(
                try ID3Tag(
                    book: contents.book,
                    title: track.title,
                    number: index + 1,
                    of: contents.tracks.count,
                    samples: track.samples,
                    cover: contents.cover
                )
            )
        }
        self.contents = contents
        self.tags = tags
        metadata = contents.metadataFile
        coverFile = contents.cover.map { EncodedFile(bytes: Int64($0.bytes), crc32: coverCRC32) }

        var members = [Member(name: "metadata.json", bytes: Int64(metadata.count))]
        if let cover = contents.cover {
            members.append(Member(name: cover.fileName, bytes: Int64(cover.bytes)))
        }
        members += zip(contents.tracks, tags).map { Member(name: $0.name, bytes: Int64($1.size) + $0.audioBytes) }
        self.members = members
        size = ZIPWriter.size(of: members.lazy.map { ($0.name, $0.bytes) })
    }

    /// The metadata file and the cover.
    package mutating func begin() throws(PackagerError) -> [Piece] {
        var pieces = PieceList(offset: archive.offset)
        let crc32 = CRC32(of: metadata).value
        pieces.append(try archive.beginMember("metadata.json", size: Int64(metadata.count), crc32: crc32) + metadata)
        if let cover = contents.cover, let coverFile {
            pieces.append(try archive.beginMember(cover.fileName, size: coverFile.bytes, crc32: coverFile.crc32))
            pieces.append(.cover, length: coverFile.bytes)
        }
        return pieces.pieces
    }

    /// The next track: its tag, the cover again, its audio.
    package mutating func add(_ track: EncodedFile) throws(PackagerError) -> [Piece] {
        let index = tracksAdded
        guard index < contents.tracks.count else {
            throw .unplannedTracks(planned: contents.tracks.count, actual: index + 1)
        }
        let planned = contents.tracks[index]
        guard track.bytes == planned.audioBytes else {
            throw .unplannedSize(name: planned.name, planned: planned.audioBytes, actual: track.bytes)
        }
        let tag = tags[index]
        var crc32 = CRC32(of: tag.head).value
        for part in [coverFile, track].compactMap({ $0 }) {
            crc32 = CRC32.combine(crc32, part.crc32, secondLength: part.bytes)
        }
        var pieces = PieceList(offset: archive.offset)
        let memberSize = Int64(tag.size) + track.bytes
        pieces.append(try archive.beginMember(planned.name, size: memberSize, crc32: crc32) + tag.head)
        if let coverFile { pieces.append(.cover, length: coverFile.bytes) }
        pieces.append(.track(index), length: track.bytes)
        tracksAdded += 1
        return pieces.pieces
    }

    /// The archive's directory.
    package mutating func finish() throws(PackagerError) -> [Piece] {
        guard tracksAdded == contents.tracks.count else {
            throw .unplannedTracks(planned: contents.tracks.count, actual: tracksAdded)
        }
        var pieces = PieceList(offset: archive.offset)
        pieces.append(archive.finish())
        return pieces.pieces
    }
}

extension ZipMP3Package.Contents {
    /// `metadata.json`: the book and its tracks, for people, for example to fill in a platform's form.
    fileprivate var metadataFile: [UInt8] {
        let members = tracks.enumerated().map { index, track in
            JSONText.object([
                ("number", .integer(index + 1)),
                ("file", .text(track.name)),
                ("title", .text(track.title)),
                ("kind", .text(track.kind.rawValue)),
                ("durationSeconds", .seconds(samples: track.samples)),
            ])
        }
        return JSONText.object(
            book.jsonMembers + [
                ("cover", cover.map { .text($0.fileName) }),
                ("audio", audio.json),
                ("durationSeconds", .seconds(samples: tracks.reduce(0) { $0 + $1.samples })),
                ("tracks", .list(members)),
            ]
        ).bytes
    }
}

extension Cover {
    /// Its name inside a package: `cover.jpg` or `cover.png`.
    var fileName: String { "cover.\(format.fileExtension)" }
}
