import Foundation
import Model
import Packagers
import TestSupport
import Testing

@Suite("ID3 tag")
struct ID3TagTests {
    @Test("ffprobe, mutagen and mp3val read a tag with a cover")
    func readersAgree() throws {
        try withTemporaryFolder { folder in
            let media = try MediaFixtures(in: folder)
            let tag = try ID3Tag(
                book: .latin,
                title: "One: a start",
                number: 3,
                of: 12,
                samples: 88_200,
                cover: media.cover
            )
            let file = folder.appendingPathComponent("tagged.mp3")
            try Data(tag.head + media.picture + media.audio).write(to: file)
            #expect(tag.size == tag.head.count + media.picture.count)

            let tags = try mutagen(file)
            #expect(tags["version"] == "(2, 3, 0)")
            #expect(tags["size"] == String(tag.size))
            #expect(tags["TIT2"] == "One: a start")
            #expect(tags["TPE1"] == "Ana Núñez, B. Writer")
            #expect(tags["TPE2"] == "Ana Núñez, B. Writer")
            #expect(tags["TCOM"] == "Vera Voice")
            #expect(tags["TALB"] == "The Knot-Keeper & the \"Señor\"")
            #expect(tags["TRCK"] == "3/12")
            #expect(tags["TYER"] == "2025")
            #expect(tags["TCON"] == "Audiobook")
            #expect(tags["TLAN"] == "eng")
            #expect(tags["TLEN"] == "2000")
            #expect(tags["TPUB"] == "Khipu Press")
            #expect(tags["TCOP"] == "2025 Ana Núñez")
            #expect(tags["TXXX:ISBN"] == "978-3-16-148410-0")
            #expect(tags["TXXX:SERIES"] == "Knots")
            #expect(
                tags["COMM::eng"] == "This audiobook is narrated by a digital voice. First line.⏎Second line."
            )
            #expect(tags["APIC:"] == "image/jpeg 3 \(media.picture.count)")

            let probe = try Oracle.run(
                "ffprobe",
                [
                    "-v", "error", "-show_entries", "format_tags:stream=codec_name,bit_rate,width", "-of", "flat",
                    file.path,
                ]
            )
            #expect(probe.output.contains("format.tags.title=\"One: a start\""))
            #expect(probe.output.contains("format.tags.track=\"3/12\""))
            #expect(probe.output.contains("streams.stream.0.bit_rate=\"256000\""))
            #expect(probe.output.contains("streams.stream.1.codec_name=\"mjpeg\""))
            #expect(probe.output.contains("streams.stream.1.width=300"))
            #expect(!probe.output.contains("["), "ffprobe complains: \(probe.output)")
            let mp3val = try Oracle.run("mp3val", [file.path])
            #expect(!mp3val.output.contains("WARNING"), "\(mp3val.output)")
            #expect(mp3val.output.contains("ID3v2"))
        }
    }

    @Test("text beyond ISO 8859-1 is read back as it was", arguments: ["Книга", "結び目", "Knot 🪢", "L’été", "\u{85}x"])
    func otherScripts(title: String) throws {
        try withTemporaryFolder { folder in
            let media = try MediaFixtures(in: folder)
            let book = BookMetadata(title: title, authors: [title], language: "xx", description: title, series: title)
            let tag = try ID3Tag(book: book, title: title, number: 1, of: 1, samples: 88_200, cover: nil)
            #expect(tag.size == tag.head.count)
            let file = folder.appendingPathComponent("tagged.mp3")
            try Data(tag.head + media.audio).write(to: file)

            let tags = try mutagen(file)
            // A line separator is not allowed in a text of one line.
            let oneLine = title.replacingOccurrences(of: "\u{85}", with: " ")
            #expect(tags["TIT2"] == oneLine)
            #expect(tags["TPE1"] == oneLine)
            #expect(tags["TXXX:SERIES"] == oneLine)
            #expect(tags["TLAN"] == "und")
            #expect(tags["COMM::und"] == title)
            let probe = try Oracle.run(
                "ffprobe",
                ["-v", "error", "-show_entries", "format_tags=title", "-of", "flat", file.path]
            )
            #expect(probe.output == "format.tags.title=\"\(oneLine)\"\n")
        }
    }

    @Test("values that are missing have no frame")
    func emptyValues() throws {
        let book = BookMetadata(title: "T", subtitle: "", language: "de", description: "", year: 12)
        let tag = try ID3Tag(book: book, title: "", number: 1, of: 1, samples: 0, cover: nil)
        let text = String(decoding: tag.head, as: UTF8.self)
        for frame in ["TIT2", "TIT3", "TPE1", "TCOM", "TYER", "COMM", "TPUB", "TXXX", "APIC"] {
            #expect(!text.contains(frame), "\(frame) is there")
        }
        #expect(text.contains("TALB"))
        #expect(text.contains("deu"))
    }

    @Test(
        "a copyright line begins with one year",
        arguments: [
            ("© Ana", "2025 Ana"), ("2019 Ana", "2019 Ana"), ("Copyright © 2019 Ana", "2019 Ana"), ("Ana", "2025 Ana"),
            ("2025", "2025 2025"),
        ]
    )
    func copyright(line: String, expected: String) throws {
        let book = BookMetadata(title: "T", copyright: line, year: 2025)
        let tag = try ID3Tag(book: book, title: "", number: 1, of: 1, samples: 0, cover: nil)
        #expect(
            Data(tag.head).range(
                of: Data("TCOP\0\0\0".utf8 + [UInt8(expected.utf8.count + 1), 0, 0, 0] + expected.utf8)
            ) != nil
        )
    }

    @Test("a picture that the tag cannot hold is refused")
    func hugePicture() throws {
        let cover = Cover(
            digest: try #require(Digest(bytes: [UInt8](repeating: 1, count: 32))),
            bytes: 1 << 28,
            format: .png,
            width: 1,
            height: 1
        )
        #expect(throws: PackagerError.tooLarge("the ID3 tag of \"One\"")) {
            try ID3Tag(book: .latin, title: "One", number: 1, of: 1, samples: 0, cover: cover)
        }
    }

    private func mutagen(_ file: URL) throws -> [String: String] {
        let verdict = try Oracle.python(
            """
            import sys
            from mutagen.id3 import ID3
            tags = ID3(sys.argv[1], translate=False)
            print("version\\t%s\\nsize\\t%d" % (tags.version, tags.size))
            for key, frame in tags.items():
                if key.startswith("APIC"): value = "%s %d %d" % (frame.mime, frame.type, len(frame.data))
                elif key == "TCON": value = frame.genres[0]
                else: value = str(frame)
                print("%s\\t%s" % (key, value.replace("\\n", "⏎")))
            """,
            [file.path]
        )
        guard verdict.status == 0 else { throw Unreadable(output: verdict.output) }
        var tags: [String: String] = [:]
        for line in verdict.output.split(separator: "\n") {
            let parts = line.split(separator: "\t", maxSplits: 1)
            tags[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
        }
        return tags
    }
}

struct Unreadable: Error {
    let output: String
}
