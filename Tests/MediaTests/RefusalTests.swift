import Foundation
import Glibc
import Media
import TestSupport
import Testing

@Suite("Refused audio")
struct RefusalTests {
    /// One way to harm a file.
    enum Harm: String, CaseIterable, CustomTestStringConvertible {
        case half, lastTenBytes, noise, bit, joined, zeros
        var testDescription: String { rawValue }

        func apply(_ bytes: [UInt8]) -> [UInt8] {
            let middle = bytes.count * 5 / 8
            var harmed = bytes
            switch self {
            case .half: harmed.removeLast(bytes.count - bytes.count / 2)
            case .lastTenBytes: harmed.removeLast(10)
            case .noise:
                var random = SeededGenerator(seed: 3)
                for index in middle..<middle + 200 { harmed[index] = UInt8.random(in: 0...255, using: &random) }
            case .bit: harmed[middle] ^= 4
            case .joined: harmed += bytes
            case .zeros: harmed += [UInt8](repeating: 0, count: 1000)
            }
            return harmed
        }
    }

    /// A format, and the kinds of harm that it has no means to reveal.
    struct Format: CustomTestStringConvertible {
        let file: String
        let options: [String]
        let untold: Set<Harm>
        var program = "ffmpeg"
        var testDescription: String { file }
    }

    static let formats = [
        Format(file: "a.wav", options: [], untold: [.noise, .bit, .zeros]),
        Format(file: "b.flac", options: [], untold: []),
        Format(file: "c.m4a", options: [], untold: [.bit, .zeros]),
        Format(file: "d-moov-first.m4a", options: ["-movflags", "+faststart"], untold: [.bit, .zeros]),
        Format(file: "e.aac", options: [], untold: [.bit, .joined]),
        Format(file: "f-lavf.mp3", options: ["-b:a", "128k"], untold: []),
        Format(file: "g-cbr.mp3", options: ["-b", "128"], untold: [], program: "lame"),
        Format(file: "h-vbr.mp3", options: ["-V", "2"], untold: [], program: "lame"),
        Format(file: "i-untagged.mp3", options: ["-write_xing", "0"], untold: [.bit]),
        Format(file: "j.opus", options: ["-c:a", "libopus"], untold: [.zeros]),
        Format(file: "k.ogg", options: ["-c:a", "libvorbis"], untold: [.zeros]),
    ]

    @Test(
        "a file that lost its end, was damaged or joined to another is refused if its format can reveal that",
        arguments: formats
    )
    func harmed(format: Format) throws {
        try Fixtures.with { fixtures in
            let whole: String
            if format.program == "lame" {
                whole = fixtures.path(format.file)
                try Fixtures.run("lame", ["--quiet"] + format.options + [try fixtures.master(), whole])
            } else {
                whole = try fixtures.coded(format.file, format.options)
            }
            #expect(try refusal(of: whole) == nil)
            let bytes = try fixtures.bytes(whole)
            for harm in Harm.allCases {
                let error = try refusal(of: fixtures.write(harm.apply(bytes), "harmed"))
                if format.untold.contains(harm) { continue }
                let kinds: [MediaError.Kind] =
                    harm == .half || harm == .lastTenBytes ? [.truncated] : [.truncated, .damaged]
                #expect(error.map { kinds.contains($0.kind) } ?? false, "\(harm): \(error?.reason ?? "was taken")")
            }
        }
    }

    @Test("the reason says how much sound is there and how much there should be")
    func truncationReasons() throws {
        try Fixtures.with { fixtures in
            func reason(_ path: String, keeping share: Double) throws -> String? {
                let bytes = try fixtures.bytes(path)
                return try refusal(of: fixtures.write(bytes.prefix(Int(Double(bytes.count) * share)), "cut"))?.reason
            }
            #expect(try reason(fixtures.master(), keeping: 0.4) == "it ends after 1.20 s of 3.00 s")
            let mp3 = fixtures.path("l.mp3")
            try Fixtures.run("lame", ["--quiet", "-b", "128", try fixtures.master(), mp3])
            #expect(try reason(mp3, keeping: 0.5) == "it ends after 1.49 s of 3.03 s")
            #expect(try reason(fixtures.coded("m.m4a", []), keeping: 0.5)?.hasPrefix("it ends after ") == true)
            let bytes = try fixtures.bytes(fixtures.master())
            let cut = try refusal(of: fixtures.write(bytes.dropLast(10), "cut.wav"))
            #expect(cut?.reason == "it ends after 132295 of 132300 samples")
        }
    }

    @Test(
        "a file that is not audio is refused with the name of what it is",
        arguments: [
            ("#EXTM3U\n#EXTINF:10,\nfile:///tmp/other.mp3\n", "it is an HLS playlist, not audio"),
            ("ffconcat version 1.0\nfile 'other.mp3'\n", "it is a concat script, not audio"),
            ("v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n", "it is a session description, not audio"),
            ("Call me Ishmael.\n", "it is text, not audio"),
            ("\u{1}\u{2}\u{3}\u{4}\u{5}", "it is no audio that is known here"),
        ]
    )
    func notAudio(text: String, reason: String) throws {
        try Fixtures.with { fixtures in
            let error = try refusal(of: fixtures.write(text.utf8, "segment.mp3"))
            #expect(error?.kind == .notMedia)
            #expect(error?.reason == reason + "; WAV, FLAC, MP3, M4A, ADTS, Ogg Opus and Ogg Vorbis are read")
        }
    }

    @Test("an empty file and files without a sample are refused as empty")
    func empty() throws {
        try Fixtures.with { fixtures in
            #expect(try refusal(of: fixtures.write([UInt8](), "e.wav"))?.reason == "the file is empty")
            let header = try fixtures.bytes(fixtures.master()).prefix(44)
            var silent = Array(header)
            silent.replaceSubrange(36..<44, with: Array("data".utf8) + [0, 0, 0, 0])
            #expect(try refusal(of: fixtures.write(silent, "s.wav"))?.reason == "it holds no sound")
        }
    }

    @Test("rates, channels and sample values that no narration has are refused before they cost anything")
    func hostileHeaders() throws {
        try Fixtures.with { fixtures in
            func wave(rate: UInt32, channels: UInt16) throws -> MediaError? {
                let frame = channels &* 2
                var bytes = Array("RIFF".utf8) + little(36 + 4000, 4) + Array("WAVEfmt ".utf8) + little(16, 4)
                bytes += little(1, 2) + little(UInt64(channels), 2) + little(UInt64(rate), 4)
                bytes += little(UInt64(rate &* UInt32(frame)), 4) + little(UInt64(frame), 2) + little(16, 2)
                bytes += Array("data".utf8) + little(4000, 4) + [UInt8](repeating: 1, count: 4000)
                return try refusal(of: fixtures.write(bytes, "w.wav"))
            }
            #expect(try wave(rate: 16_000, channels: 1) == nil)
            #expect(try wave(rate: 1, channels: 1)?.reason == "its sample rate is 1 Hz; 8000 to 192000 are taken")
            #expect(try wave(rate: 2_000_000_000, channels: 1)?.kind == .unsupported)
            #expect(try wave(rate: 16_000, channels: 65_535)?.reason == "it has 65535 channels; 1 to 8 are taken")
            let infinite = try fixtures.ffmpeg(
                ["-f", "lavfi", "-i", "aevalsrc='1/0':s=44100:d=1", "-c:a", "pcm_f32le"],
                "i.wav"
            )
            #expect(try refusal(of: infinite)?.reason == "its samples are no numbers between -1 and 1")
        }
    }

    @Test("ten hours of silence in a few megabytes are refused without reading them")
    func decompressionBomb() throws {
        try Fixtures.with { fixtures in
            let bomb = try fixtures.ffmpeg(
                ["-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "36000"],
                "bomb.flac"
            )
            let start = timeOfThread()
            #expect(try refusal(of: bomb)?.reason == "it is longer than 4 hours")
            #expect(timeOfThread() - start < .milliseconds(500))
        }
    }

    /// The CPU time that this thread has used. Unlike the time on the clock, it does not grow while other processes
    /// run.
    private func timeOfThread() -> Duration {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    @Test("other codecs, video, fragments and several streams are refused by name")
    func unsupported() throws {
        try Fixtures.with { fixtures in
            let master = try fixtures.master()
            let alac = try refusal(of: fixtures.coded("a.m4a", ["-c:a", "alac"]))
            #expect(alac?.reason == "its sound is coded as alac, which is not taken in M4A")
            let fragmented = try fixtures.coded("f.m4a", ["-movflags", "frag_keyframe+empty_moov"])
            #expect(try refusal(of: fragmented)?.kind == .unsupported)
            let two = try fixtures.ffmpeg(["-i", master, "-i", master, "-map", "0", "-map", "1"], "two.m4a")
            #expect(try refusal(of: two)?.reason == "it holds 2 audio streams, not one")
            let video = ["-f", "lavfi", "-i", "testsrc=d=1:s=64x64", "-i", master, "-c:v", "mpeg4"]
            #expect(try refusal(of: fixtures.ffmpeg(video, "v.mp4"))?.reason == "it holds video; only audio is taken")
            let webm = try fixtures.coded("w.webm", ["-c:a", "libopus"])
            #expect(try refusal(of: webm)?.reason.hasPrefix("it is a Matroska or WebM file, not audio") == true)
        }
    }

    @Test("lengths beyond all measure in a header do not stop the process")
    func absurdLengths() throws {
        try Fixtures.with { fixtures in
            // The last Ogg page's position, and its mark as the last page.
            var ogg = try fixtures.bytes(fixtures.coded("o.opus", ["-c:a", "libopus"]))
            let last = try #require((0..<ogg.count - 4).last { ogg[$0..<$0 + 4].elementsEqual("OggS".utf8) })
            for flags in [0, 4] as [UInt8] {
                ogg[last + 5] = flags
                ogg.replaceSubrange(last + 6..<last + 14, with: [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F])
                repairOggChecksums(&ogg)
                let error = try refusal(of: fixtures.write(ogg, "p.opus"))
                #expect(error?.kind == (flags == 0 ? .truncated : .tooLarge))
            }
            // The duration in an M4A's edit list.
            var m4a = try fixtures.bytes(fixtures.coded("m.m4a", []))
            let list = try #require((0..<m4a.count - 4).first { m4a[$0..<$0 + 4].elementsEqual("elst".utf8) })
            m4a.replaceSubrange(list + 12..<list + 16, with: [0xFF, 0xFF, 0xFF, 0xFF])
            #expect(try refusal(of: fixtures.write(m4a, "n.m4a"))?.kind == .truncated)
        }
    }

    private func little(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
}
