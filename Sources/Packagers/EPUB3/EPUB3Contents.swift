package import Model

extension EPUB3Package {
    /// The content of the package without the audio itself.
    package struct Contents: Sendable, Hashable {
        /// One segment of a chapter.
        package struct Segment: Sendable, Hashable {
            /// The text that is read aloud.
            package var text: String
            /// Where it begins in the chapter's audio, in samples at 44,100 Hz.
            package var start: Int
            /// Its length at 44,100 Hz.
            package var samples: Int

            /// A segment with these values.
            package init(text: String, start: Int, samples: Int) {
                self.text = text
                self.start = start
                self.samples = samples
            }
        }

        /// One chapter.
        package struct Chapter: Sendable, Hashable {
            /// Its title.
            package var title: String
            /// Its role in the book.
            package var kind: ChapterKind
            /// Length of its audio at 44,100 Hz.
            package var samples: Int
            /// Size of its encoded audio.
            package var audioBytes: Int64
            /// Its segments, in order. There must be at least one, because an overlay without a clip is not valid.
            package var segments: [Segment]

            /// A chapter with these values.
            package init(title: String, kind: ChapterKind, samples: Int, audioBytes: Int64, segments: [Segment]) {
                self.title = title
                self.kind = kind
                self.samples = samples
                self.audioBytes = audioBytes
                self.segments = segments
            }
        }

        /// The book's metadata.
        package var book: BookMetadata
        /// The cover, if there is one.
        package var cover: Cover?
        /// How the chapters are encoded. The codec is MP3.
        package var audio: AudioSpec
        /// The chapters, in reading order.
        package var chapters: [Chapter]
        /// The package's recipe digest, from which its UUID is made. The sizes do not depend on it. If only sizes are
        /// needed, it can be nil, which gives zeros.
        package var recipe: Digest?

        /// Contents with these values.
        package init(book: BookMetadata, cover: Cover?, audio: AudioSpec, chapters: [Chapter], recipe: Digest?) {
            self.book = book
            self.cover = cover
            self.audio = audio
            self.chapters = chapters
            self.recipe = recipe
        }
    }
}

extension EPUB3Package.Contents {
    /// The book's title. If none of its characters can be shown, a dash, because a title must not be empty.
    var title: String {
        let title = book.title.singleLine
        return title.isEmpty ? "–" : title
    }

    /// A chapter's title; its number if none of the title's characters can be shown.
    func title(of chapter: Int) -> String {
        let title = chapters[chapter].title.singleLine
        return title.isEmpty ? String(chapter + 1) : title
    }

    /// RFC 9562 §5.8: a UUID of version 8, made from the first bytes of the recipe digest.
    var uuid: String {
        var bytes = recipe.map { Array($0.bytes.prefix(16)) } ?? [UInt8](repeating: 0, count: 16)
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        let groups = [0..<4, 4..<6, 6..<8, 8..<10, 10..<16]
        return groups.map { Hexadecimal.text(of: bytes[$0]) }.joined(separator: "-")
    }

    /// All members before the audio, in order, except the cover image.
    func texts() -> (beforeCover: [EPUB3Package.Text], afterCover: [EPUB3Package.Text]) {
        let language = BookLanguage(book.language)
        let numbers = chapters.indices.map { EPUB3Paths.number($0, of: chapters.count) }
        let overlays = chapters.map { MediaOverlay($0.segments) }
        let pages = EPUB3Pages(title: title, language: language)
        let document = PackageDocument(
            book: book,
            title: title,
            language: language,
            uuid: uuid,
            cover: cover,
            chapters: zip(numbers, overlays).map { .init(number: $0, milliseconds: $1.milliseconds) }
        )
        let navigation = pages.navigation(
            numbers.indices.map { (title(of: $0), EPUB3Paths.text(numbers[$0])) },
            start: chapters.firstIndex { $0.kind == .chapter } ?? 0,
            hasCover: cover != nil
        )

        var before: [EPUB3Package.Text] = [
            // OCF 3.3 §4.3: it is the first member, so that the file type can be recognised by the first bytes.
            .init(path: "mimetype", bytes: Array("application/epub+zip".utf8)),
            .init(path: "META-INF/container.xml", bytes: Self.container.file),
            .init(EPUB3Paths.package, document.document),
            .init(EPUB3Paths.navigation, navigation),
            .init(path: EPUB3Paths.root + EPUB3Paths.stylesheet, bytes: Array(EPUB3Pages.stylesheet.utf8)),
        ]
        if let cover { before.append(.init(EPUB3Paths.coverPage, pages.cover(image: cover.fileName))) }

        var after: [EPUB3Package.Text] = []
        for (index, number) in numbers.enumerated() {
            let page = ChapterPage(
                title: title(of: index),
                isCredits: chapters[index].kind != .chapter,
                segments: chapters[index].segments.map(\.text),
                language: language
            )
            let overlay = overlays[index].document(
                text: "../\(EPUB3Paths.text(number))",
                audio: "../\(EPUB3Paths.audio(number))"
            )
            after.append(.init(EPUB3Paths.text(number), page.document))
            after.append(.init(EPUB3Paths.overlay(number), overlay))
        }
        return (before, after)
    }

    private static let container: XMLText = """
        <container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
        <rootfiles>
        <rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/>
        </rootfiles>
        </container>
        """

    /// `manifest.json`: the book and its audio, for people and for programs that check that the package arrived
    /// complete.
    ///
    /// - Parameter digests: The SHA-256 of each chapter's audio; zeros stand for those that are not known yet.
    func manifest(digests: [Digest]) -> [UInt8] {
        let unknown = String(repeating: "0", count: 64)
        let members = chapters.enumerated().map { index, chapter in
            let number = EPUB3Paths.number(index, of: chapters.count)
            return JSONText.object([
                ("number", .integer(index + 1)),
                ("title", .text(chapter.title)),
                ("kind", .text(chapter.kind.rawValue)),
                ("text", .text(EPUB3Paths.text(number))),
                ("overlay", .text(EPUB3Paths.overlay(number))),
                ("audio", .text(EPUB3Paths.audio(number))),
                ("bytes", .integer(Int(chapter.audioBytes))),
                ("sha256", .text(digests.indices.contains(index) ? digests[index].description : unknown)),
                ("durationSeconds", .seconds(samples: chapter.samples)),
                ("segments", .integer(chapter.segments.count)),
            ])
        }
        let cover = cover.map { cover in
            JSONText.object([
                ("file", .text(cover.fileName)), ("bytes", .integer(cover.bytes)),
                ("sha256", .text(cover.digest.description)),
            ])
        }
        return JSONText.object(
            book.jsonMembers + [
                ("cover", cover),
                ("audio", audio.json),
                ("durationSeconds", .seconds(samples: chapters.reduce(0) { $0 + $1.samples })),
                ("chapters", .list(members)),
            ]
        ).bytes
    }
}
