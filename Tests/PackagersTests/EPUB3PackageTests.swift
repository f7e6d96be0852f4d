import Crypto
import Foundation
import Model
import TestSupport
import Testing

@testable import Packagers

@Suite("EPUB 3")
struct EPUB3PackageTests {
    @Test("EPUBCheck finds nothing in a plain book")
    func plain() throws {
        try withTemporaryFolder { folder in
            let book = try EPUBFixture(in: folder)
            let findings = try Oracle.epubCheck(book.write(book.contents))
            #expect(findings == [])
        }
    }

    @Test("EPUBCheck finds nothing in a book of hostile texts", arguments: HostileBook.all)
    func hostile(_ hostile: HostileBook) throws {
        try withTemporaryFolder { folder in
            let book = try EPUBFixture(in: folder)
            var contents = book.contents
            hostile.change(&contents)
            let findings = try Oracle.epubCheck(book.write(contents))
            #expect(findings == [])
        }
    }

    @Test("EPUBCheck finds nothing in a book without cover, and in one of 300 chapters", arguments: [1, 300])
    func chapters(count: Int) throws {
        try withTemporaryFolder { folder in
            let book = try EPUBFixture(in: folder)
            var contents = book.contents
            if count == 1 { contents.cover = nil }
            contents.chapters = (1...count).map { number in
                var chapter = contents.chapters[1]
                chapter.title = "Chapter \(number)"
                return chapter
            }
            let findings = try Oracle.epubCheck(book.write(contents))
            #expect(findings == [])
        }
    }

    @Test("\"mimetype\" is the first member, stored and without an extra field, and unzip finds no fault")
    func container() throws {
        try withTemporaryFolder { folder in
            let book = try EPUBFixture(in: folder)
            let file = try book.write(book.contents)
            let bytes = [UInt8](try Data(contentsOf: file))
            #expect(String(decoding: bytes[30..<58], as: UTF8.self) == "mimetypeapplication/epub+zip")
            #expect(bytes[6..<10] == [0, 0, 0, 0], "no flags, stored")
            #expect(bytes[28..<30] == [0, 0], "no extra field")
            #expect(try Oracle.run("unzip", ["-tq", file.path]).status == 0)
            let listing = try Oracle.run("unzip", ["-Z1", file.path]).output
            #expect(listing.split(separator: "\n").map(String.init) == book.package(book.contents).members.map(\.name))
        }
    }

    @Test("the manifest names each audio file's size and SHA-256, and no platform")
    func manifest() throws {
        try withTemporaryFolder { folder in
            let book = try EPUBFixture(in: folder)
            let file = try book.write(book.contents)
            let check = try Oracle.python(
                """
                import hashlib, json, sys, zipfile
                z = zipfile.ZipFile(sys.argv[1])
                m = json.loads(z.read("EPUB/manifest.json"))
                for c in m["chapters"]:
                    b = z.read("EPUB/" + c["audio"])
                    print(c["number"], c["kind"], len(b) == c["bytes"], hashlib.sha256(b).hexdigest() == c["sha256"])
                text = json.dumps(m).lower()
                print([s for s in ("kobo", "google", "spotify", "acx", "apple") if s in text], m["audio"]["bitrate"])
                """,
                [file.path]
            )
            #expect(
                check.output == "1 opening_credits True True\n2 chapter True True\n3 chapter True True\n[] 192k\n"
            )
        }
    }

    @Test("each segment is one element of the page and one clip of the overlay, in order")
    func overlay() throws {
        let contents = EPUBFixture.book(audioBytes: 1000, cover: nil)
        let texts = contents.texts().afterCover
        let page = String(decoding: texts[2].bytes, as: UTF8.self)
        let overlay = String(decoding: texts[3].bytes, as: UTF8.self)
        // The first segment is the title read aloud, so it becomes the heading.
        #expect(page.contains("<h1 id=\"s1\">Chapter One.</h1>\n<p id=\"s2\">It was a bright &amp; cold day.</p>"))
        #expect(page.contains("<div id=\"s3\">\n<p>Two</p>\n<p>paragraphs.</p>\n</div>"))
        #expect(page.components(separatedBy: " id=\"s").count == 4)
        #expect(
            overlay.contains(
                """
                <par id="p2"><text src="../text/chapter-02.xhtml#s2"/>\
                <audio src="../audio/chapter-02.mp3" clipBegin="0.950s" clipEnd="1.350s"/></par>
                """
            )
        )
        #expect(overlay.components(separatedBy: "<par ").count == 4)
    }

    @Test("credits without text show the chapter's title while they are heard")
    func untoldCredits() throws {
        try withTemporaryFolder { folder in
            let book = try EPUBFixture(in: folder)
            var contents = book.contents
            contents.chapters[0].segments[0].text = ""
            contents.chapters[0].segments.append(.init(text: "", start: 41_895, samples: 1000))
            let texts = contents.texts().afterCover
            let page = String(decoding: texts[0].bytes, as: UTF8.self)
            #expect(page.contains("<section>\n<h1 id=\"s1\">Opening</h1>\n<p id=\"s2\"></p>\n</section>"))
            #expect(String(decoding: texts[1].bytes, as: UTF8.self).components(separatedBy: "<par ").count == 3)
            let findings = try Oracle.epubCheck(book.write(contents))
            #expect(findings == [])
        }
    }

    @Test(
        "clips are the segments' samples to the millisecond, never empty, and durations are their sums",
        arguments: 0..<20
    )
    func clips(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        var contents = EPUBFixture.book(audioBytes: 1000, cover: nil)
        for chapter in contents.chapters.indices {
            var start = Int.random(in: 2048...70_000, using: &random)
            contents.chapters[chapter].segments = (0..<20).map { _ in
                // Some segments are shorter than a millisecond.
                let samples = Int.random(in: 0...5, using: &random) == 0 ? 3 : .random(in: 1...500_000, using: &random)
                defer { start += samples }
                return .init(text: "x", start: start, samples: samples)
            }
        }
        var total = 0
        for chapter in contents.chapters {
            let overlay = MediaOverlay(chapter.segments)
            for (clip, segment) in zip(overlay.clips, chapter.segments) {
                #expect(abs(clip.lowerBound * 441 - segment.start * 10) <= 221, "half a millisecond")
                let end = segment.start + max(segment.samples, 45)
                #expect(abs(clip.upperBound * 441 - end * 10) <= 441 - (segment.samples < 45 ? 0 : 220))
                #expect(!clip.isEmpty)
            }
            total += overlay.milliseconds
        }
        let document = String(decoding: contents.texts().beforeCover[2].bytes, as: UTF8.self)
        #expect(document.contains("<meta property=\"media:duration\">\(MediaOverlay.seconds(total))</meta>"))
        #expect(MediaOverlay.seconds(7_003_045) == "7003.045s")
    }

    @Test("in the decoded audio each burst begins within 1 ms of its clip")
    func bursts() throws {
        try withTemporaryFolder { folder in
            let starts = [33_075, 61_111, 97_654, 150_001]
            let chapter = try BurstChapter(starts: starts, samples: 200_704, in: folder)
            var contents = EPUBFixture.book(audioBytes: Int64(chapter.audio.count), cover: nil)
            contents.chapters = [
                .init(
                    title: "Bursts",
                    kind: .chapter,
                    samples: 200_704,
                    audioBytes: Int64(chapter.audio.count),
                    segments: starts.map { .init(text: "Burst", start: $0, samples: 20_000) }
                )
            ]
            let file = try EPUBFixture.write(contents, audio: chapter.audio, picture: [], in: folder)
            try Oracle.run("unzip", ["-q", file.path, "-d", folder.path])
            let overlay = try String(
                contentsOf: folder.appendingPathComponent("EPUB/overlays/chapter-01.smil"),
                encoding: .utf8
            )
            let begins = overlay.components(separatedBy: "clipBegin=\"").dropFirst().compactMap { clip in
                clip.components(separatedBy: "s\"").first.flatMap(Double.init)
            }
            let pcm = try decode(folder.appendingPathComponent("EPUB/audio/chapter-01.mp3"), in: folder)
            #expect(begins.count == starts.count)
            for begin in begins {
                let clip = Int((begin * 44_100).rounded())
                let onset = try #require(pcm[(clip - 2000)...].firstIndex { abs(Int($0)) > 4000 })
                #expect(abs(onset - clip) <= 44, "the clip at \(begin) s begins \(onset - clip) samples early")
            }
        }
    }

    @Test("the same contents give the same bytes, of the predicted size", arguments: 0..<20)
    func deterministic(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let audio = (0..<Int.random(in: 1...3000, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random)
        }
        let picture = [UInt8](repeating: 3, count: .random(in: 1...3000, using: &random))
        var contents = EPUBFixture.book(audioBytes: Int64(audio.count), cover: picture.count)
        contents.recipe = Digest(bytes: (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) })
        let alphabet = "ab&<>\"é漢🪢\u{200F}\n \u{7}"
        contents.chapters = (0..<Int.random(in: 1...120, using: &random)).map { _ in
            var chapter = contents.chapters[0]
            let length = Int.random(in: 0...30, using: &random)
            chapter.title = String((0..<length).compactMap { _ in alphabet.randomElement(using: &random) })
            return chapter
        }
        try withTemporaryFolder { folder in
            let bytes = try Data(contentsOf: EPUBFixture.write(contents, audio: audio, picture: picture, in: folder))
            let again = try Data(contentsOf: EPUBFixture.write(contents, audio: audio, picture: picture, in: folder))
            #expect(bytes == again)
            #expect(Int64(bytes.count) == EPUB3Package(contents, coverCRC32: 0).size, "seed \(seed)")
            contents.recipe = nil
            #expect(Int64(bytes.count) == EPUB3Package(contents, coverCRC32: 0).size, "the recipe changes no size")
        }
    }

    @Test("audio of another size, without a digest, missing or left over is refused")
    func unplanned() throws {
        let digest = try #require(Digest(bytes: [UInt8](repeating: 1, count: 32)))
        let contents = EPUBFixture.book(audioBytes: 1000, cover: nil)
        var package = EPUB3Package(contents, coverCRC32: 0)
        _ = try package.begin()
        #expect(throws: PackagerError.unplannedSize(name: "audio/chapter-01.mp3", planned: 1000, actual: 999)) {
            try package.add(EncodedFile(bytes: 999, crc32: 0, digest: digest))
        }
        #expect(throws: PackagerError.noDigest(name: "audio/chapter-01.mp3")) {
            try package.add(EncodedFile(bytes: 1000, crc32: 0))
        }
        for _ in 0..<2 { _ = try package.add(EncodedFile(bytes: 1000, crc32: 0, digest: digest)) }
        #expect(throws: PackagerError.unplannedTracks(planned: 3, actual: 2)) { try package.finish() }
        _ = try package.add(EncodedFile(bytes: 1000, crc32: 0, digest: digest))
        #expect(throws: PackagerError.unplannedTracks(planned: 3, actual: 4)) {
            try package.add(EncodedFile(bytes: 1000, crc32: 0, digest: digest))
        }
    }

    @Test(
        "the identifier is a valid ISBN, or a UUID of the recipe",
        arguments: [
            ("978-3-16-148410-0", "urn:isbn:9783161484100"), ("0-306-40615-2", "urn:isbn:0306406152"),
            ("0-8044-2957-x", "urn:isbn:080442957X"), ("978-3-16-148410-1", nil), ("forthcoming", nil), ("", nil),
        ]
    )
    func identifier(isbn: String, urn: String?) throws {
        var contents = EPUBFixture.book(audioBytes: 1000, cover: nil)
        contents.book.isbn = isbn
        contents.recipe = Digest(bytes: 0..<32)
        let document = String(decoding: contents.texts().beforeCover[2].bytes, as: UTF8.self)
        let uuid = "urn:uuid:00010203-0405-8607-8809-0a0b0c0d0e0f"
        #expect(document.contains("<dc:identifier id=\"identifier\">\(urn ?? uuid)</dc:identifier>"))
        #expect(document.contains(uuid))
    }

    @Test(
        "a language is written in the form that XML requires",
        arguments: [
            ("en", "en", "ltr"), ("en_gb", "en-GB", "ltr"), ("zh-hant-TW", "zh-Hant-TW", "ltr"), ("he", "he", "rtl"),
            ("az-Arab", "az-Arab", "rtl"), ("ar-Latn", "ar-Latn", "ltr"), ("es-419", "es-419", "ltr"),
            ("English (US)", "und", "ltr"), ("", "und", "ltr"), ("de-1996", "de", "ltr"),
        ]
    )
    func language(tag: String, written: String, direction: String) {
        #expect(BookLanguage(tag).tag == written)
        #expect(BookLanguage(tag).direction == direction)
    }
}

/// A change to a book, of a kind that has broken EPUBs of other programs.
struct HostileBook: Sendable, CustomTestStringConvertible {
    let name: String
    let change: @Sendable (inout EPUB3Package.Contents) -> Void

    var testDescription: String { name }

    private static let nonCharacters = String(
        String.UnicodeScalarView([0xFFFE, 0xFFFF, 0xFDD0, 0x1FFFF].compactMap { Unicode.Scalar($0 as UInt32) })
    )

    static let all = [
        HostileBook(name: "markup in every text") { contents in
            let text = "<b>&amp;\"']]>--><!-- &nope; </dc:title> %s \\ "
            contents.book = BookMetadata(
                title: text,
                subtitle: text,
                authors: [text, text],
                narrators: [text, text],
                language: "en-GB",
                publisher: text,
                isbn: text,
                description: text,
                copyright: text,
                series: text,
                year: 2025
            )
            for chapter in contents.chapters.indices {
                contents.chapters[chapter].title = text
                for segment in contents.chapters[chapter].segments.indices {
                    contents.chapters[chapter].segments[segment].text = text
                }
            }
        },
        HostileBook(name: "controls, noncharacters and line ends") { contents in
            let text = "a\u{0}\u{1}\u{B}\u{1F}\u{7F}\u{85}\(nonCharacters)\u{2028}\r\nb\rc\t\u{FEFF}d"
            contents.book.title = text
            contents.book.authors = [text, "\u{1}", " "]
            contents.book.narrators = [nonCharacters]
            contents.book.description = text
            contents.chapters[0].title = "\u{1}\u{2} \(nonCharacters)"
            contents.chapters[1].title = text
            contents.chapters[1].segments[0].text = text
            contents.chapters[1].segments[1].text = ""
            contents.chapters[1].segments[2].text = "\n\n\u{1}\n\n"
        },
        HostileBook(name: "any characters of Unicode, seed 77") { contents in
            var random = SeededGenerator(seed: 77)
            func text(_ count: Int) -> String {
                let limits: [UInt32] = [0x30, 0xFF, 0x3000, 0xFFFF, 0x10FFFF]
                let scalars = (0..<count).compactMap { _ in
                    Unicode.Scalar(UInt32.random(in: 0...limits[.random(in: 0..<5, using: &random)], using: &random))
                }
                return String(String.UnicodeScalarView(scalars))
            }
            contents.book = BookMetadata(
                title: text(40),
                subtitle: text(40),
                authors: [text(2), text(30)],
                narrators: [text(2), text(30)],
                publisher: text(9),
                description: text(400),
                copyright: text(9),
                series: text(9)
            )
            contents.chapters = (0..<80).map { number in
                var chapter = contents.chapters[1]
                chapter.title = text(number / 8)
                for segment in chapter.segments.indices { chapter.segments[segment].text = text(200) }
                return chapter
            }
        },
        HostileBook(name: "right to left, with emoji") { contents in
            contents.book.language = "he"
            contents.book.title = "שומרת הקשרים 👩‍👩‍👧 \u{202E}abc"
            contents.chapters[1].title = "פרק ראשון 🪢"
            contents.chapters[1].segments[0].text = "פרק ראשון 🪢"
            contents.chapters[2].title = String(repeating: "ארוך מאוד ", count: 30)
        },
        HostileBook(name: "no language, no names, nothing but spaces") { contents in
            contents.book = BookMetadata(title: " \u{3000} ", authors: [], narrators: [" "], language: "not a tag!")
            contents.book.year = -44
            contents.chapters[1].segments = [.init(text: "", start: 24_255, samples: 1)]
        },
    ]
}

/// A book of three short chapters, with a real MP3 and a real cover.
struct EPUBFixture {
    let media: MediaFixtures
    let folder: URL

    init(in folder: URL) throws {
        media = try MediaFixtures(in: folder)
        self.folder = folder
    }

    var contents: EPUB3Package.Contents {
        var contents = Self.book(audioBytes: Int64(media.audio.count), cover: nil)
        contents.cover = media.cover
        return contents
    }

    func package(_ contents: EPUB3Package.Contents) -> EPUB3Package { EPUB3Package(contents, coverCRC32: 0) }

    func write(_ contents: EPUB3Package.Contents) throws -> URL {
        try Self.write(contents, audio: media.audio, picture: media.picture, in: folder)
    }

    static func book(audioBytes: Int64, cover: Int?) -> EPUB3Package.Contents {
        func chapter(_ title: String, _ kind: ChapterKind, _ texts: [String]) -> EPUB3Package.Contents.Chapter {
            .init(
                title: title,
                kind: kind,
                samples: 88_200,
                audioBytes: audioBytes,
                segments: texts.enumerated().map { .init(text: $1, start: 24_255 + 17_640 * $0, samples: 17_640) }
            )
        }
        return EPUB3Package.Contents(
            book: .latin,
            cover: Digest(bytes: 0..<32).flatMap { digest in
                cover.map { Cover(digest: digest, bytes: $0, format: .png, width: 300, height: 300) }
            },
            audio: AudioSpec(codec: .mp3, bitRate: 192_000),
            chapters: [
                chapter("Opening", .openingCredits, ["The Knot-Keeper, by Ana Núñez."]),
                chapter(
                    "Chapter One",
                    .chapter,
                    ["Chapter One.", "It was a bright & cold day.", "Two\n\nparagraphs."]
                ),
                chapter("Día & «noche» 結び目", .chapter, ["Fin."]),
            ],
            recipe: Digest(bytes: 0..<32)
        )
    }

    /// Assembles a book whose chapters all have the same audio.
    static func write(
        _ contents: EPUB3Package.Contents,
        audio: [UInt8],
        picture: [UInt8],
        in folder: URL
    ) throws -> URL {
        var package = EPUB3Package(contents, coverCRC32: CRC32(of: picture).value)
        let digest = Digest(bytes: SHA256.hash(data: audio))
        let track = EncodedFile(bytes: Int64(audio.count), crc32: CRC32(of: audio).value, digest: digest)
        var pieces = try package.begin()
        for _ in contents.chapters { pieces += try package.add(track) }
        pieces += try package.finish()
        let file = folder.appendingPathComponent("book.epub")
        try Data(assemble(pieces) { $0 == .cover ? picture : audio }).write(to: file)
        return file
    }
}

/// A chapter of MP3 at 192k with low noise and a burst of a tone at each start.
struct BurstChapter {
    let audio: [UInt8]

    init(starts: [Int], samples: Int, in folder: URL) throws {
        var random = SeededGenerator(seed: 1)
        var pcm: [UInt8] = []
        for place in 0..<samples {
            var value = Int16.random(in: -15...15, using: &random)
            if let start = starts.first(where: { ($0..<$0 + 4410).contains(place) }) {
                value = Int16(16_000 * sin(Double(place - start) * 2 * .pi * 1000 / 44_100 + 1))
            }
            pcm += [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
        }
        try Data(pcm).write(to: folder.appendingPathComponent("bursts.raw"))
        let input = ["-v", "error", "-y", "-f", "s16le", "-ar", "44100", "-ac", "1", "-i", "bursts.raw"]
        let output = ["-c:a", "libmp3lame", "-b:a", "192k", "-id3v2_version", "0", "-bitexact", "bursts.mp3"]
        try Oracle.run("ffmpeg", input + output, in: folder)
        audio = [UInt8](try Data(contentsOf: folder.appendingPathComponent("bursts.mp3")))
    }
}

private func decode(_ file: URL, in folder: URL) throws -> [Int16] {
    try Oracle.run("ffmpeg", ["-v", "error", "-y", "-i", file.path, "-f", "s16le", "decoded.raw"], in: folder)
    let raw = [UInt8](try Data(contentsOf: folder.appendingPathComponent("decoded.raw")))
    return stride(from: 0, to: raw.count - 1, by: 2).map { place in
        Int16(bitPattern: UInt16(raw[place]) | UInt16(raw[place + 1]) << 8)
    }
}
