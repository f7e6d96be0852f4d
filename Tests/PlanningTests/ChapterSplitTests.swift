import Model
import Platforms
import TestSupport
import Testing

@testable import Planning

@Suite("Splitting long chapters")
struct ChapterSplitTests {
    private let tone = RoomTone(PackagingSettings())
    private let spotify = FileLimit(.pack(for: .spotify), audio: AudioSpec(codec: .mp3, bitRate: 256_000), cover: nil)
    private let minute = 60 * 44_100

    @Test("a chapter within two hours stays whole, and so does any chapter for Google")
    func whole() {
        #expect(split(Array(repeating: 10 * minute, count: 11)) == [0..<11])
        let google = FileLimit(.pack(for: .google), audio: AudioSpec(codec: .mp3, bitRate: 256_000), cover: nil)
        let long = Array(repeating: 10 * minute, count: 300)
        #expect(ChapterSplit.ranges(of: long, roomTone: tone, limit: google) == [0..<300])
    }

    @Test("a longer chapter is split between segments into the fewest parts, which are even in length")
    func even() {
        #expect(split(Array(repeating: 10 * minute, count: 13)) == [0..<7, 7..<13])
        #expect(split(Array(repeating: minute, count: 600)).map(\.count) == [100, 100, 100, 100, 100, 100])
    }

    @Test("a chapter of 120 minutes with room tone is split, because some players count extra frames")
    func edge() {
        let exact = 120 * minute - tone.head - tone.tail
        #expect(split([exact / 2, exact / 2 - 6 * 1152]) == [0..<2])
        #expect(split([exact / 2, exact / 2]) == [0..<1, 1..<2])
    }

    @Test("a segment that is too long by itself becomes a part of its own")
    func longSegment() {
        #expect(split([minute, 121 * minute, minute]) == [0..<1, 1..<2, 2..<3])
    }

    @Test("every part keeps the limit and no segment is lost", arguments: 0..<30)
    func property(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let lengths = (0..<Int.random(in: 1...400, using: &random)).map { _ in
            Int.random(in: 1...20 * minute, using: &random)
        }
        let ranges = split(lengths)
        #expect(ranges.flatMap { Array($0) } == Array(lengths.indices), "seed \(seed)")
        for range in ranges {
            #expect(
                spotify.admits(ChapterTimeline(segments: Array(lengths[range]), roomTone: tone).total),
                "seed \(seed)"
            )
        }
        let least = Double(lengths.reduce(0, +)) / Double(120 * minute)
        #expect(Double(ranges.count) >= least, "seed \(seed)")
    }

    @Test("ACX's limit of 170 MB is kept, too, with cover and tag counted")
    func bytes() {
        let spec = AudioSpec(codec: .mp3, bitRate: 320_000)
        let cover = Cover(digest: .naming(1), bytes: 5_000_000, format: .png, width: 2400, height: 2400)
        let limit = FileLimit(.pack(for: .acx), audio: spec, cover: cover)
        let samples = 68 * minute
        #expect(limit.admits(samples))
        #expect(MP3Size.bytes(samples: samples, bitRate: spec.bitRate) + 5_000_000 < 170_000_000)
        #expect(!limit.admits(70 * minute))
    }

    private func split(_ lengths: [Int]) -> [Range<Int>] {
        ChapterSplit.ranges(of: lengths, roomTone: tone, limit: spotify)
    }
}
