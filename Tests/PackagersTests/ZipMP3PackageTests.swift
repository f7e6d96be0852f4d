import Foundation
import Model
import Packagers
import TestSupport
import Testing

@Suite("ZIP of MP3")
struct ZipMP3PackageTests {
    @Test("unzip finds no fault in a package, its size is the predicted one, and its MP3s are clean")
    func whole() throws {
        try withTemporaryFolder { folder in
            let media = try MediaFixtures(in: folder)
            let bytes = try package(media, titles: ["Opening", "Día & noche", "Fin"])
            let file = folder.appendingPathComponent("book.zip")
            try Data(bytes).write(to: file)
            let unzip = try Oracle.run("unzip", ["-d", folder.path, file.path])
            #expect(unzip.status == 0, "\(unzip.output)")
            #expect(try Data(contentsOf: folder.appendingPathComponent("cover.jpg")) == Data(media.picture))
            for name in ["01 - Opening.mp3", "02 - Día & noche.mp3", "03 - Fin.mp3"] {
                let mp3val = try Oracle.run("mp3val", [folder.appendingPathComponent(name).path])
                #expect(!mp3val.output.contains("WARNING"), "\(mp3val.output)")
            }
            #expect(try package(media, titles: ["Opening", "Día & noche", "Fin"]) == bytes)
        }
    }

    @Test("the metadata file lists the book and its tracks, and names no platform")
    func metadata() throws {
        try withTemporaryFolder { folder in
            let media = try MediaFixtures(in: folder)
            var package = try ZipMP3Package(contents(media, titles: ["One \"1\"\n"]), coverCRC32: 0)
            let pieces = try package.begin()
            guard case .bytes(let first)? = pieces.first?.content else {
                Issue.record("a package begins with bytes")
                return
            }
            let json = Data(first.drop { $0 != UInt8(ascii: "{") })
            let object = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
            #expect(object["title"] as? String == BookMetadata.latin.title)
            #expect(object["digitalVoice"] as? Bool == true)
            #expect(
                (object["description"] as? String)?.hasPrefix("This audiobook is narrated by a digital voice") == true
            )
            #expect(object["cover"] as? String == "cover.jpg")
            #expect((object["audio"] as? [String: Any])?["bitrate"] as? String == "256k")
            let tracks = try #require(object["tracks"] as? [[String: Any]])
            #expect(tracks.map { $0["title"] as? String } == ["One \"1\"\n"])
            #expect(tracks.map { $0["durationSeconds"] as? Double } == [2])
            let text = String(decoding: json, as: UTF8.self).lowercased()
            for name in ["google", "spotify", "acx", "audible"] { #expect(!text.contains(name)) }
        }
    }

    @Test("audio of another size than planned is refused, and so are missing or extra tracks")
    func unplanned() throws {
        try withTemporaryFolder { folder in
            let media = try MediaFixtures(in: folder)
            var package = try ZipMP3Package(contents(media, titles: ["One"]), coverCRC32: 0)
            _ = try package.begin()
            #expect(throws: PackagerError.unplannedTracks(planned: 1, actual: 0)) { try package.finish() }
            var short = media.audioFile
            short.bytes -= 1
            #expect(
                throws: PackagerError.unplannedSize(
                    name: "01 - One.mp3",
                    planned: Int64(media.audio.count),
                    actual: short.bytes
                )
            ) { try package.add(short) }
            _ = try package.add(media.audioFile)
            #expect(throws: PackagerError.unplannedTracks(planned: 1, actual: 2)) { try package.add(media.audioFile) }
        }
    }

    private func contents(_ media: MediaFixtures, titles: [String]) -> ZipMP3Package.Contents {
        ZipMP3Package.Contents(
            book: .latin,
            cover: media.cover,
            audio: AudioSpec(codec: .mp3, bitRate: 256_000),
            tracks: titles.enumerated().map { index, title in
                ZipMP3Package.Contents.Track(
                    name: "0\(index + 1) - \(title).mp3",
                    title: title,
                    kind: .chapter,
                    samples: 88_200,
                    audioBytes: Int64(media.audio.count)
                )
            }
        )
    }

    private func package(_ media: MediaFixtures, titles: [String]) throws -> [UInt8] {
        var package = try ZipMP3Package(contents(media, titles: titles), coverCRC32: CRC32(of: media.picture).value)
        var pieces = try package.begin()
        for _ in titles { pieces += try package.add(media.audioFile) }
        pieces += try package.finish()
        let bytes = try assemble(pieces) { $0 == .cover ? media.picture : media.audio }
        #expect(Int64(bytes.count) == package.size)
        return bytes
    }
}
