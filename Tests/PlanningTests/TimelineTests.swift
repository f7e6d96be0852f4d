import Foundation
import Model
import TestSupport
import Testing

@testable import Planning

@Suite("Timeline")
struct TimelineTests {
    @Test("a chapter is head, segments without gaps, and tail, and ends on the grid", arguments: 0..<50)
    func arithmetic(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let lengths = (0..<Int.random(in: 1...40, using: &random)).map { _ in
            Int.random(in: 0...500_000, using: &random)
        }
        let tone = RoomTone(
            PackagingSettings(
                headSeconds: .random(in: 0...3, using: &random),
                tailSeconds: .random(in: 0...3, using: &random)
            )
        )
        let timeline = ChapterTimeline(segments: lengths, roomTone: tone)
        #expect(timeline.total.isMultiple(of: 1024), "seed \(seed)")
        #expect(timeline.head == tone.head, "seed \(seed)")
        #expect((tone.tail..<tone.tail + 1024).contains(timeline.tail), "seed \(seed)")
        #expect(timeline.starts.first == timeline.head, "seed \(seed)")
        for (index, start) in timeline.starts.enumerated() {
            let end = index + 1 < lengths.count ? timeline.starts[index + 1] : timeline.total - timeline.tail
            #expect(end - start == lengths[index], "seed \(seed)")
        }
    }

    @Test("the default room tone is 0.75 s and 1.5 s")
    func defaults() {
        let tone = RoomTone(PackagingSettings())
        #expect(tone.head == 33_075)
        #expect(tone.tail == 66_150)
        let timeline = ChapterTimeline(segments: [1000], roomTone: tone)
        #expect(timeline.total == 98 * 1024)
        #expect(timeline.tail == 98 * 1024 - 33_075 - 1000)
    }

    @Test(
        "room tone is at least two AAC frames, whatever the book asks for",
        arguments: [0, -1, 0.01, .nan, -.infinity]
    )
    func minimum(seconds: Double) {
        let tone = RoomTone(PackagingSettings(headSeconds: seconds, tailSeconds: seconds))
        #expect(tone.head == 2048)
        #expect(tone.tail == 2048)
    }

    @Test("room tone is at most a minute")
    func maximum() {
        #expect(RoomTone(PackagingSettings(headSeconds: .infinity)).head == 60 * 44_100)
    }

    @Test("in an M4B every chapter but the first begins with 1,024 priming samples, and its mark is on them")
    func joining() {
        let tone = RoomTone(PackagingSettings(headSeconds: 0, tailSeconds: 0))
        let files = [0, 5000, 100].map { ChapterTimeline(segments: [$0], roomTone: tone) }
        #expect(files.map(\.total) == [4096, 9216, 5120])
        let apart = BookTimeline(files, joining: .separate)
        #expect(apart.marks == [0, 4096, 13_312])
        #expect(apart.total == 18_432)
        // Raw media time of a chapter's priming frame, less the frame that the edit list hides at the start.
        let joined = BookTimeline(files, joining: .primed)
        #expect(joined.marks == [0, 4096, 14_336])
        #expect(joined.total == 18_432 + 2 * 1024)
        let packets = files.map { $0.total / 1024 + 1 }
        #expect(joined.marks[2] == 1024 * (packets[0] + packets[1]) - 1024)
        #expect(BookTimeline([], joining: .primed).total == 0)
    }

    @Test(
        "the size of an MP3 is known before it is encoded",
        arguments: [1, 46, 1024, 1105, 1152, 1153, 11_264, 13_824, 18_432, 44_032, 99_328, 115_200, 130_048, 441_344]
    )
    func mp3Size(samples: Int) throws {
        try withTemporaryFolder { folder in
            var random = SeededGenerator(seed: UInt64(samples))
            let noise = (0..<2 * samples).map { _ in UInt8.random(in: 0...255, using: &random) }
            try Data(noise).write(to: folder.appendingPathComponent("noise.raw"))
            var arguments = ["-loglevel", "error", "-f", "s16le", "-ar", "44100", "-ac", "1", "-i", "noise.raw"]
            for rate in AudioSpec.bitRates {
                arguments += ["-b:a", "\(rate)", "-id3v2_version", "0", "-write_id3v1", "0", "\(rate).mp3"]
            }
            let encoding = try Oracle.run("ffmpeg", arguments, in: folder)
            #expect(encoding.status == 0, "\(encoding.output)")
            for rate in AudioSpec.bitRates {
                let size = try Data(contentsOf: folder.appendingPathComponent("\(rate).mp3")).count
                #expect(MP3Size.bytes(samples: samples, bitRate: rate) == Int64(size), "\(samples) samples at \(rate)")
            }
        }
    }
}
