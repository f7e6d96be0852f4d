import Foundation
import Model
import Packagers
import TestSupport
import Testing

@Suite("M4B")
struct M4BPackageTests {
    @Test("ffprobe, mediainfo and mutagen read one AAC track with tags, cover and both chapter lists")
    func readersAgree() throws {
        try withTemporaryFolder { folder in
            let media = try MediaFixtures(in: folder)
            let titles = ["Opening", "Día & «noche» 結び目", "Fin"]
            let samples = [44 * 1024, 100 * 1024, 60 * 1024]
            let chapters = try samples.map { try AACFixture(samples: $0, in: folder) }
            let bytes = try package(titles: titles, chapters: chapters, media: media)
            let file = folder.appendingPathComponent("book.m4b")
            try Data(bytes).write(to: file)

            let probe = try Oracle.run(
                "ffprobe",
                ["-v", "error", "-show_format", "-show_streams", "-show_chapters", "-of", "json", file.path]
            )
            let json = try #require(try JSONSerialization.jsonObject(with: Data(probe.output.utf8)) as? [String: Any])
            let streams = try #require(json["streams"] as? [[String: Any]])
            let audio = try #require(streams.first { $0["codec_type"] as? String == "audio" })
            #expect(audio["codec_name"] as? String == "aac")
            #expect(audio["profile"] as? String == "LC")
            #expect(audio["sample_rate"] as? String == "44100")
            #expect(audio["channels"] as? Int == 1)
            // The chapters' own samples, and 1,024 more at each of the two joins. The first priming packet is hidden.
            #expect(audio["duration_ts"] as? Int == 206 * 1024)
            #expect(audio["start_time"] as? String == "0.000000")
            let tags = try #require((json["format"] as? [String: Any])?["tags"] as? [String: Any])
            #expect(tags["major_brand"] as? String == "M4B ")
            #expect(tags["title"] as? String == BookMetadata.latin.title)
            #expect(tags["artist"] as? String == "Ana Núñez, B. Writer")
            #expect(tags["composer"] as? String == "Vera Voice")
            #expect(tags["media_type"] as? String == "2")
            let picture = streams.first { ($0["disposition"] as? [String: Int])?["attached_pic"] == 1 }
            #expect(picture?["width"] as? Int == 300)
            let marks = try #require(json["chapters"] as? [[String: Any]])
            #expect(marks.map { ($0["tags"] as? [String: Any])?["title"] as? String } == titles)
            #expect(marks.map { $0["time_base"] as? String } == ["1/44100", "1/44100", "1/44100"])
            #expect(marks.map { $0["start"] as? Int } == [0, 44 * 1024, 145 * 1024])
            #expect(marks.last?["end"] as? Int == 206 * 1024)

            let mediainfo = try Oracle.run("mediainfo", [file.path])
            #expect(mediainfo.output.components(separatedBy: "\nMenu #").count == 3, "\(mediainfo.output)")
            #expect(mediainfo.output.contains("00:00:01.021"))
            let mutagen = try Oracle.python(
                """
                import sys
                from mutagen.mp4 import MP4
                m = MP4(sys.argv[1])
                print([(c.title, round(c.start * 44100)) for c in m.chapters])
                print(m["covr"][0].imageformat, len(m["covr"][0]), m["stik"], m["desc"][0].startswith("This audiobook"))
                print(m["----:com.apple.iTunes:ISBN"][0].decode(), m["aART"][0], m.info.channels, m.info.codec)
                """,
                [file.path]
            )
            #expect(
                mutagen.output == """
                    [('Opening', 0), ('Día & «noche» 結び目', 45056), ('Fin', 148480)]
                    13 \(media.picture.count) [2] True
                    978-3-16-148410-0 Ana Núñez, B. Writer 1 mp4a.40.2

                    """
            )
            #expect(try package(titles: titles, chapters: chapters, media: media) == bytes)
        }
    }

    @Test("each chapter's first burst lies where its mark, priming and room tone put it, within 1 ms")
    func sampleExact() throws {
        try withTemporaryFolder { folder in
            let media = try MediaFixtures(in: folder)
            let chapters = try (0..<5).map {
                try AACFixture(samples: (40 + 7 * $0) * 1024, burstAt: 33_075, in: folder)
            }
            let bytes = try package(titles: ["1", "2", "3", "4", "5"], chapters: chapters, media: media)
            try Data(bytes).write(to: folder.appendingPathComponent("book.m4b"))
            let decoding = try Oracle.run(
                "ffmpeg",
                ["-v", "error", "-i", "book.m4b", "-map", "0:a", "-f", "s16le", "out.raw"],
                in: folder
            )
            #expect(decoding.output.isEmpty, "\(decoding.output)")
            let raw = [UInt8](try Data(contentsOf: folder.appendingPathComponent("out.raw")))
            let pcm = stride(from: 0, to: raw.count - 1, by: 2).map { place in
                Int16(bitPattern: UInt16(raw[place]) | UInt16(raw[place + 1]) << 8)
            }
            var start = 0
            for (index, chapter) in chapters.enumerated() {
                let first = start + (index == 0 ? 0 : 1024)
                let onset = try #require(pcm[(first + 20_000)...].firstIndex { abs(Int($0)) > 4000 })
                #expect(abs(onset - (first + 33_075)) <= 44, "chapter \(index + 1) begins at \(onset - first)")
                start = first + chapter.samples
            }
        }
    }

    @Test("the index comes before the audio, with the brand \"M4B \" and the predicted length")
    func layout() throws {
        try withTemporaryFolder { folder in
            let media = try MediaFixtures(in: folder)
            let chapter = try AACFixture(samples: 8 * 1024, in: folder)
            let bytes = try package(titles: ["One"], chapters: [chapter], media: media)
            #expect(topLevelBoxes(bytes).map(\.type) == ["ftyp", "moov", "mdat"])
            #expect(String(decoding: bytes[8..<12], as: UTF8.self) == "M4B ")
            #expect(topLevelBoxes(bytes).reduce(0) { $0 + $1.size } == bytes.count)
        }
    }

    @Test("above 255 chapters Nero's list, which counts in one byte, is left out", arguments: [255, 256, 1025])
    func manyChapters(count: Int) throws {
        try withTemporaryFolder { folder in
            let media = try MediaFixtures(in: folder)
            let chapter = try AACFixture(samples: 4096, in: folder)
            let titles = (1...count).map { "Chapter \($0)" }
            let bytes = try package(titles: titles, chapters: titles.map { _ in chapter }, media: media)
            let file = folder.appendingPathComponent("many.m4b")
            try Data(bytes).write(to: file)
            let probe = try Oracle.run(
                "ffprobe",
                ["-v", "error", "-show_entries", "chapter_tags=title", "-of", "csv=p=0", file.path]
            )
            #expect(probe.output.split(separator: "\n").map(String.init) == titles)
            #expect((Data(bytes).range(of: Data("chpl".utf8)) != nil) == (count <= 255))
        }
    }

    @Test(
        "a book of more samples than 31 or 32 bits hold keeps its length, and at 40 hours gets 64-bit offsets",
        arguments: [14, 28, 40]
    )
    func longBook(hours: Int) throws {
        try withTemporaryFolder { folder in
            // Packets of four bytes, because only the index is tested.
            let samples = 2 * 3600 * 44_100 / 1024 * 1024
            let sizes = [UInt32](repeating: 4, count: samples / 1024 + 1)
            let titles = (1...hours / 2).map(String.init)
            let (total, packets) = (titles.count * (samples + 1024) - 1024, titles.count * sizes.count)
            let file = EncodedFile(bytes: 4 * Int64(sizes.count), crc32: 0, packetSizes: sizes)
            var package = try M4BPackage(
                M4BPackage.Contents(
                    book: .latin,
                    cover: nil,
                    chapters: titles.map { .init(title: $0, samples: samples) }
                )
            )
            var pieces = try package.begin()
            for _ in titles { pieces += try package.add(file) }
            pieces += try package.finish()
            let bytes = try assemble(pieces) { _ in [UInt8](repeating: 0, count: Int(file.bytes)) }
            let path = folder.appendingPathComponent("long.m4b")
            try Data(bytes).write(to: path)
            let probe = try Oracle.run(
                "ffprobe",
                [
                    "-v", "error", "-select_streams", "a", "-show_entries", "stream=duration_ts,nb_frames", "-of",
                    "csv=p=0", path.path,
                ]
            )
            #expect(probe.output.contains("\(total),\(packets)"), "\(probe.output)")
            let mediainfo = try Oracle.run("mediainfo", ["--Inform=Audio;%Duration%", path.path])
            let milliseconds = try #require(Int(mediainfo.output.trimmingCharacters(in: .newlines)))
            // mediainfo itself is wrong by some milliseconds at this length. A counter that wrapped would be wrong by
            // hours.
            #expect(abs(milliseconds - total * 10 / 441) <= 10)
            #expect((Data(bytes).range(of: Data("co64".utf8)) != nil) == (hours == 40))
        }
    }

    @Test("packets that do not fit the plan are refused")
    func unplanned() throws {
        let contents = M4BPackage.Contents(book: .latin, cover: nil, chapters: [.init(title: "One", samples: 4096)])
        var package = try M4BPackage(contents)
        let sizes: [UInt32] = [1, 2, 3, 4, 5]
        #expect(throws: PackagerError.unplannedTracks(planned: 1, actual: 0)) { try package.finish() }
        #expect(throws: PackagerError.unplannedPackets(title: "One", planned: 5, actual: 4, bytes: 10)) {
            try package.add(EncodedFile(bytes: 10, crc32: 0, packetSizes: [1, 2, 3, 4]))
        }
        #expect(throws: PackagerError.unplannedPackets(title: "One", planned: 5, actual: 5, bytes: 16)) {
            try package.add(EncodedFile(bytes: 16, crc32: 0, packetSizes: sizes))
        }
        _ = try package.add(EncodedFile(bytes: 15, crc32: 0, packetSizes: sizes))
        _ = try package.finish()
    }

    @Test("audio is given away with each chapter, behind the header, and the header last and as long as was said")
    func audioFirst() throws {
        var package = try M4BPackage(
            M4BPackage.Contents(
                book: .latin,
                cover: nil,
                chapters: [.init(title: "One", samples: 1024), .init(title: "Two", samples: 2048)]
            )
        )
        #expect(try package.begin().isEmpty)
        for (index, sizes) in [[7, 8], [1, 2, 3] as [UInt32]].enumerated() {
            let bytes = Int64(sizes.reduce(0, +))
            let audio = Piece(
                offset: package.headerSize + (index == 0 ? 0 : 15),
                content: .file(.track(index), offset: 0, length: bytes)
            )
            #expect(try package.add(EncodedFile(bytes: bytes, crc32: 0, packetSizes: sizes)) == [audio])
        }
        let header = try package.finish()
        #expect(header.first?.offset == 0)
        #expect(header.reduce(0) { $0 + $1.length } == package.headerSize)
    }

    private func package(titles: [String], chapters: [AACFixture], media: MediaFixtures) throws -> [UInt8] {
        var package = try M4BPackage(
            M4BPackage.Contents(
                book: .latin,
                cover: media.cover,
                chapters: zip(titles, chapters).map { .init(title: $0, samples: $1.samples) }
            )
        )
        var pieces = try package.begin()
        for chapter in chapters { pieces += try package.add(chapter.file) }
        pieces += try package.finish()
        let audio = chapters.reduce(0) { $0 + $1.bytes.count }
        let bytes = try assemble(pieces) { source in
            switch source {
            case .cover: media.picture
            case .track(let index): chapters[index].bytes
            }
        }
        #expect(Int64(bytes.count) == package.headerSize + Int64(audio))
        return bytes
    }

    private func topLevelBoxes(_ bytes: [UInt8]) -> [(type: String, size: Int)] {
        var boxes: [(String, Int)] = []
        var place = 0
        while place + 8 <= bytes.count {
            let size = bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
            boxes.append((String(decoding: bytes[place + 4..<place + 8], as: UTF8.self), size))
            guard size >= 8 else { break }
            place += size
        }
        return boxes
    }
}

/// A chapter of AAC, encoded by FFmpeg: low noise, with a burst of a tone at the requested sample.
struct AACFixture {
    let samples: Int
    let bytes: [UInt8]
    let packetSizes: [UInt32]

    var file: EncodedFile { EncodedFile(bytes: Int64(bytes.count), crc32: 0, packetSizes: packetSizes) }

    init(samples: Int, burstAt burst: Int? = nil, in folder: URL) throws {
        self.samples = samples
        var random = SeededGenerator(seed: UInt64(samples))
        var pcm: [UInt8] = []
        for place in 0..<samples {
            var value = Int16.random(in: -15...15, using: &random)
            if let burst, (burst..<burst + 4410).contains(place) {
                value = Int16(16_000 * sin(Double(place - burst) * 2 * .pi * 1000 / 44_100 + 1))
            }
            pcm += [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
        }
        try Data(pcm).write(to: folder.appendingPathComponent("chapter.raw"))
        let input = ["-v", "error", "-y", "-f", "s16le", "-ar", "44100", "-ac", "1", "-i", "chapter.raw"]
        try Oracle.run("ffmpeg", input + ["-c:a", "aac", "-b:a", "128k", "-aac_pns", "0", "chapter.aac"], in: folder)

        // ADTS puts seven bytes before each packet, with the length of both in 13 of their bits.
        let adts = [UInt8](try Data(contentsOf: folder.appendingPathComponent("chapter.aac")))
        var packets: [ArraySlice<UInt8>] = []
        var place = 0
        while place + 7 <= adts.count {
            let length = Int(adts[place + 3] & 3) << 11 | Int(adts[place + 4]) << 3 | Int(adts[place + 5]) >> 5
            packets.append(adts[place + 7..<place + length])
            place += length
        }
        packetSizes = packets.map { UInt32($0.count) }
        bytes = packets.flatMap { $0 }
    }
}
