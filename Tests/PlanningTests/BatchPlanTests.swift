import Foundation
import Model
import Packagers
import TestSupport
import Testing

@testable import Planning

@Suite("Batch plan")
struct BatchPlanTests {
    @Test("five platforms need three encodings of a chapter, and one render")
    func sharedEncodes() throws {
        let plan = try plan(.complete)
        #expect(plan.renders.count == 4)
        let specs = plan.renders[1].encodes.map { "\($0.audio.codec) \($0.audio.bitRateText)" }
        #expect(specs == ["aac 128k", "mp3 256k", "mp3 192k"])
    }

    @Test("Google's package and Spotify's are the same until a chapter is split")
    func sameRecipe() throws {
        let plan = try plan(.complete)
        let google = try #require(plan.package(for: .google))
        let spotify = try #require(plan.package(for: .spotify))
        #expect(google.recipe != nil)
        #expect(google.recipe == spotify.recipe)
        #expect(google.recipe != plan.package(for: .acx)?.recipe)
        #expect(google.fileName == "the-book-google.zip")

        let long = try self.plan(.hours([6, 2], hoursPerSegment: 0.5))
        #expect(long.package(for: .google)?.recipe != long.package(for: .spotify)?.recipe)
        #expect(
            long.package(for: .spotify)?.files.compactMap { $0.render == nil ? nil : $0.name } == [
                "01 - Chapter (part 1 of 2).mp3", "02 - Chapter (part 2 of 2).mp3", "03 - Chapter.mp3",
            ]
        )
        #expect(long.package(for: .google)?.renders.count == 2)
        // Three renders: three hours as a whole, and their two parts. One more render: the hour that both packages
        // share.
        #expect(long.renders.count == 4)
    }

    @Test("what determines a package changes its recipe", arguments: Change.allCases)
    func recipeFollows(change: Change) throws {
        let before = try plan(.complete, [.google]).packages[0].recipe
        var book = BookSnapshot.complete
        var encoder = "test 1"
        switch change {
        case .title: book.metadata.title += "!"
        case .chapterTitle: book.chapters[1].title += "!"
        case .cover: book.cover?.digest = .naming(98)
        case .segment: book.chapters[1].segments[0].audio?.digest = .naming(97)
        case .roomTone: book.settings.headSeconds = 1
        case .mastering: book.settings.mastering = .off
        case .bitRate: book.settings.overrides = [.google: .init(bitRate: 320_000)]
        case .order: book.chapters.swapAt(1, 2)
        case .encoder: encoder = "test 2"
        case .voice: book.metadata.digitalVoice = true
        case .speaker: book.chapters[1].segments[0].isSynthetic = true
        }
        #expect(try BatchPlan(of: book, for: [.google], encoderBuild: encoder).packages[0].recipe != before)
    }

    enum Change: CaseIterable {
        case title, chapterTitle, cover, segment, roomTone, mastering, bitRate, order, encoder, voice, speaker
    }

    @Test("a new revision, another name or another platform's bit rate does not change a package's recipe")
    func recipeStays() throws {
        let before = try plan(.complete, [.google]).packages[0].recipe
        var book = BookSnapshot.complete
        book.revision = 4
        book.slug = "other"
        book.id = ProjectID(8)
        book.settings.overrides = [.acx: .init(bitRate: 320_000)]
        #expect(try plan(book, [.google, .acx]).packages[0].recipe == before)
        #expect(try plan(book, [.apple]).packages[0].recipe == plan(.complete, [.apple]).packages[0].recipe)
    }

    @Test("an edit changes the digest of its chapter alone")
    func chapterDigests() throws {
        var book = BookSnapshot.complete
        let before = try plan(book).renders.map { $0.encodes.map(\.digest) }
        book.chapters[1].segments[0].audio?.digest = .naming(97)
        book.metadata.title = "Another"
        let after = try plan(book).renders.map { $0.encodes.map(\.digest) }
        #expect(before.indices.filter { before[$0] != after[$0] } == [1])
    }

    @Test("a book with missing audio gets a draft: lengths from the text, no recipe, no digest of the chapter")
    func draft() throws {
        var book = BookSnapshot.complete
        book.chapters[2].segments = [.silent(4, text: String(repeating: "Fifteen letters", count: 4))]
        let plan = try plan(book)
        #expect(!plan.isComplete)
        #expect(plan.renders[2].timeline.segments == [4 * 44_100])
        #expect(plan.packages.allSatisfy { $0.recipe == nil && !$0.sizeIsExact })
        #expect(plan.renders[2].encodes.allSatisfy { $0.digest == nil })
        #expect(plan.renders[1].encodes.allSatisfy { $0.digest != nil })
        let google = try #require(plan.package(for: .google))
        #expect(throws: PackagingError.self) { try plan.packager(for: google, coverCRC32: 0) }
    }

    @Test("Apple's package is laid out from the same plan, its size an upper estimate")
    func apple() throws {
        let plan = try plan(.complete, [.apple])
        let package = plan.packages[0]
        #expect(package.recipe != nil)
        #expect(!package.sizeIsExact)
        var packager = try plan.packager(for: package, coverCRC32: 0)
        var pieces = try packager.begin()
        for render in package.renders {
            // libav makes 140 kbit/s from a setting of 128 kbit/s on speech.
            let sizes = [UInt32](repeating: 406, count: plan.renders[render].timeline.total / 1024 + 1)
            pieces += try packager.add(EncodedFile(bytes: 406 * Int64(sizes.count), crc32: 0, packetSizes: sizes))
        }
        pieces += try packager.finish()
        let size = pieces.reduce(0) { $0 + $1.length }
        #expect((package.size * 95 / 100...package.size).contains(size))
    }

    @Test("a book without chapters, or with an empty one, can be planned but not carried out")
    func emptyBook() throws {
        var book = BookSnapshot.complete
        book.chapters[1].segments = []
        #expect(try !plan(book).isComplete)
        #expect(try plan(book).packages[0].renders.count == 3)
        book.chapters = []
        #expect(try !plan(book).isComplete)
    }

    @Test("Kobo's bit rate steps down until the book fits, and a book that never fits is rejected")
    func koboLadder() throws {
        #expect(try plan(.hours([1]), [.kobo]).packages[0].audio.bitRate == 192_000)
        let long = try plan(.hours([3, 3]), [.kobo]).packages[0]
        #expect(long.audio.bitRate == 64_000)
        #expect(long.requestedBitRate == 192_000)
        #expect(long.oversize.isEmpty)
        #expect(long.size <= 200_000_000)
        #expect(long.sizeIsExact)
        let endless = try plan(.hours([10]), [.kobo]).packages[0]
        #expect(endless.audio.bitRate == 48_000)
        #expect(endless.oversize.count == 1)
    }

    @Test(
        "the text is part of Kobo's recipe, and another size of the cover may change Kobo's bit rate"
    )
    func koboRecipe() throws {
        let recipe = try #require(try plan(.complete, [.kobo]).packages[0].recipe)
        #expect(try plan(.complete).package(for: .kobo)?.recipe == recipe)
        var text = BookSnapshot.complete
        text.chapters[2].segments[0].text = "Other words."
        #expect(try plan(text, [.kobo]).packages[0].recipe != recipe)
        #expect(try plan(text, [.google]).packages[0].recipe == plan(.complete, [.google]).packages[0].recipe)
        // An hour at 192k takes 86.4 MB, so the number of bytes left for everything else is known exactly.
        var book = BookSnapshot.hours([1])
        let others = try plan(book, [.kobo]).packages[0].size - 50_000
        book.cover?.bytes = Int(200_000_000 - others)
        let fits = try plan(book, [.kobo]).packages[0]
        // The larger cover's size has more digits in the manifest, so the package is too large for 192k.
        #expect(fits.audio.bitRate == 160_000)
        book.cover?.bytes -= 4
        let exact = try plan(book, [.kobo]).packages[0]
        #expect(exact.audio.bitRate == 192_000)
        #expect(exact.size == 200_000_000)
    }

    @Test("a book with one segment spoken by an engine is declared as a digital voice, whatever its author says")
    func speechIsDisclosed() throws {
        var book = BookSnapshot.complete
        #expect(try !plan(book).book.digitalVoice)
        book.chapters[2].segments[0].isSynthetic = true
        let plan = try plan(book)
        #expect(plan.book.digitalVoice)
        #expect(plan.package(for: .acx)?.rejections.contains { $0.contains("synthetic") } == true)
        #expect(plan.package(for: .spotify)?.rejections == [])
    }

    @Test("rejections that can be foreseen are listed")
    func rejections() throws {
        var book = BookSnapshot.book([("One", .chapter, [.spoken(1, samples: 44_100)])])
        book.metadata.digitalVoice = true
        book.settings.mastering = .off
        book.chapters[0].segments[0].audio?.measurement.peak = 0.9
        book.chapters[0].segments[0].audio?.measurement.energy = 441
        let plan = try plan(book)
        let acx = try #require(plan.package(for: .acx)).rejections
        #expect(acx.count == 5)
        #expect(acx.contains { $0.contains("synthetic") })
        #expect(acx.contains("ACX asks for opening credits as a file of their own"))
        #expect(acx.contains("ACX asks for -23 to -18 dB RMS: outside are chapter 1"))
        #expect(acx.contains("ACX asks for peaks of at most -3 dB: louder are chapter 1"))
        #expect(plan.package(for: .google)?.rejections == ["Google Play Books takes no book shorter than 5 minutes"])
        #expect(try self.plan(.complete).packages.allSatisfy { $0.rejections.isEmpty })
    }

    @Test(
        "the predicted size is the size of the package, file by file",
        arguments: [.google, .kobo] as [Platform],
        0..<10
    )
    func predictedSize(platform: Platform, seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        var book = BookSnapshot.book(
            (0..<Int.random(in: 1...12, using: &random)).map { chapter in
                let segment = BookSnapshot.Segment.spoken(chapter, samples: .random(in: 1...90_000, using: &random))
                return ("Chapter \("é漢a".randomElement(using: &random) ?? "a") \(chapter)", .chapter, [segment])
            }
        )
        book.cover?.bytes = Int.random(in: 1...5000, using: &random)
        if Bool.random(using: &random) { book.cover = nil }
        let plan = try plan(book, [platform])
        let package = plan.packages[0]
        let picture = [UInt8](repeating: 3, count: book.cover?.bytes ?? 0)
        let audio = plan.renders.map { [UInt8](repeating: 7, count: Int($0.encodes[0].bytes ?? 0)) }

        var packager = try plan.packager(for: package, coverCRC32: CRC32(of: picture).value)
        var pieces = try packager.begin()
        for bytes in audio {
            let crc32 = CRC32(of: bytes).value
            pieces += try packager.add(EncodedFile(bytes: Int64(bytes.count), crc32: crc32, digest: .naming(1)))
        }
        pieces += try packager.finish()

        #expect(package.sizeIsExact)
        #expect(pieces.reduce(0) { $0 + $1.length } == package.size, "seed \(seed)")
        #expect(pieces.last.map { $0.offset + $0.length } == package.size, "seed \(seed)")
        try withTemporaryFolder { folder in
            let file = folder.appendingPathComponent(package.fileName)
            var bytes: [UInt8] = []
            for piece in pieces {
                switch piece.content {
                case .bytes(let content): bytes += content
                case .file(.cover, _, _): bytes += picture
                case .file(.track(let track), _, _): bytes += audio[track]
                }
            }
            try Data(bytes).write(to: file)
            let listing = try Oracle.python(
                """
                import sys, zipfile
                with zipfile.ZipFile(sys.argv[1]) as z:
                    assert z.testzip() is None
                    for i in z.infolist(): print(i.filename, i.file_size)
                """,
                [file.path]
            )
            #expect(
                listing.output.split(separator: "\n").map(String.init)
                    == package.files.map { "\($0.name) \($0.bytes)" },
                "seed \(seed)"
            )
        }
    }

    @Test("a plan survives JSON, and the same book always gives the same JSON")
    func json() throws {
        let plan = try plan(.complete)
        #expect(try BatchPlan(json: plan.json) == plan)
        #expect(try self.plan(.complete).json == plan.json)
        #expect(try self.plan(.complete, [.kobo, .google, .apple, .google, .acx, .spotify]) == plan)
    }

    @Test("a stored plan is read by every later build: its JSON does not change by accident")
    func snapshot() throws {
        var book = BookSnapshot.book([("One: a start", .chapter, [.spoken(1, samples: 44_100)])])
        book.settings.overrides = [.acx: .init(bitRate: 256_000)]
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let plan = try plan(book, [.apple, .google, .acx])
        let bytes = try encoder.encode(plan)
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let stored = try Data(contentsOf: folder.appendingPathComponent("Snapshots/plan.json"))
        #expect(String(decoding: bytes, as: UTF8.self) + "\n" == String(decoding: stored, as: UTF8.self))
        #expect(try BatchPlan(json: String(decoding: stored, as: UTF8.self)) == plan)
    }

    private func plan(_ book: BookSnapshot, _ platforms: [Platform] = Platform.allCases) throws -> BatchPlan {
        try BatchPlan(of: book, for: platforms, encoderBuild: "test 1")
    }
}
