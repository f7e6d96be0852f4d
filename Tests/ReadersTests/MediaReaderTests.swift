import Foundation
import TestSupport
import Testing

@testable import Readers

@Suite("MP3 and MP4 files of other programs")
struct MediaReaderTests {
    private func ffmpeg(_ arguments: [String], _ name: String) throws -> [UInt8] {
        try withTemporaryFolder { folder in
            let tone = ["-f", "lavfi", "-i", "sine=440:sample_rate=44100:duration=3"]
            let quiet = ["-hide_banner", "-loglevel", "error", "-y"]
            let verdict = try Oracle.run("ffmpeg", quiet + tone + arguments + [name], in: folder)
            try #require(verdict.status == 0, "\(verdict.output)")
            return [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
        }
    }

    @Test("frames give rate, constancy and channels, without the Info frame", arguments: [48, 128, 256])
    func constant(_ rate: Int) throws {
        let bytes = try ffmpeg(["-b:a", "\(rate)k", "-id3v2_version", "0"], "a.mp3")
        let frames = try MP3Frames(ByteSource(bytes), in: 0..<bytes.count)
        #expect(frames.isConstant)
        #expect(frames.lowestBitRate == rate * 1000)
        #expect(frames.channels == 1)
        #expect(frames.sampleRate == 44_100)
        #expect(frames.strayBytes == 0)
        #expect(!frames.isCutShort)
    }

    @Test("a variable rate and stereo are recognised")
    func variable() throws {
        let bytes = try ffmpeg(["-q:a", "4", "-ac", "2", "-id3v2_version", "0"], "a.mp3")
        let frames = try MP3Frames(ByteSource(bytes), in: 0..<bytes.count)
        #expect(!frames.isConstant)
        #expect(frames.channels == 2)
    }

    @Test("tags are read in Latin-1, UTF-16 and UTF-8", arguments: ["3", "4"])
    func tags(_ version: String) throws {
        let bytes = try ffmpeg(
            [
                "-b:a", "128k", "-id3v2_version", version, "-metadata", "title=Día 結び目", "-metadata", "album=Plain",
                "-metadata", "ISBN=978-3",
            ],
            "a.mp3"
        )
        let tag = try ID3Reader(ByteSource(bytes), in: 0..<bytes.count)
        #expect(tag.texts["TIT2"] == "Día 結び目")
        #expect(tag.texts["TALB"] == "Plain")
        #expect(tag.texts["ISBN"] == "978-3")
        #expect(bytes[tag.end] == 0xFF)
        #expect(tag.picture == nil)
    }

    @Test("an M4B's track, brand, title and order of boxes are read")
    func m4b() throws {
        let bytes = try ffmpeg(["-c:a", "aac", "-b:a", "128k", "-f", "ipod", "-metadata", "title=Día"], "a.m4b")
        let index = try MP4Index(ByteSource(bytes))
        #expect(index.brand == "M4A ")
        #expect(!index.indexIsFirst)
        #expect(index.audio?.codec == "aac")
        #expect(index.audio?.timescale == 44_100)
        #expect(index.tags["©nam"] == "Día")
        #expect(index.audioTracks == 1)
        // 3 s and the priming packet.
        #expect(index.audio?.duration == 3 * 44_100 + 1024)
    }

    @Test("a table of sizes whose sum no number holds is refused, with the reason")
    func hugeSizes() throws {
        var bytes = try ffmpeg(["-c:a", "aac", "-b:a", "64k", "-f", "ipod"], "a.m4b")
        let name = try #require(bytes.firstRange(of: Array("stsz".utf8)))
        // After the name come four bytes for version and flags, the size of every sample, and the number of samples.
        for place in name.upperBound + 4..<name.upperBound + 12 { bytes[place] = 0xFF }
        let error = #expect(throws: ReaderError.self) { try MP4Index(ByteSource(bytes)) }
        #expect(error?.reason == "its table of sizes names more bytes than any file has")
        // A sum that fits is only a statement of the file.
        for place in name.upperBound + 8..<name.upperBound + 11 { bytes[place] = 0 }
        #expect(try MP4Index(ByteSource(bytes)).audio?.bytes == 0xFFFF_FFFF * 0xFF)
    }

    @Test("reading ends, whatever bytes of an index are changed")
    func mutations() throws {
        let whole = try ffmpeg(["-c:a", "aac", "-b:a", "64k", "-movflags", "+faststart", "-f", "ipod"], "a.m4b")
        let seed = UInt64.random(in: .min ... .max)
        print("seed of the changed MP4s: \(seed)")
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<3000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let place = Int.random(in: 0..<min(3000, bytes.count), using: &generator)
                bytes[place] = [0, 0xFF, UInt8.random(in: 0...255, using: &generator)].randomElement(using: &generator)!
            }
            guard let index = try? MP4Index(ByteSource(bytes)) else { continue }
            #expect(index.chapters.count <= MP4Index.mostChapters)
            #expect(index.picture.map { $0.upperBound <= bytes.count } ?? true)
        }
    }
}
