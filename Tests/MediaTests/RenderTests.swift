import Descriptors
import Foundation
import Glibc
import Media
import Testing

@Suite("Chapters")
struct RenderTests {
    static let head = 33_075
    static let tail = 66_150

    @Test("segments of mixed formats begin within 1 ms of the timeline in the decoded MP3")
    func mixedFormats() throws {
        try Fixtures.with { fixtures in
            let vbr = fixtures.path("v.mp3")
            try Fixtures.run("lame", ["--quiet", "-V", "2", try fixtures.master(), vbr])
            let segments = [
                try fixtures.coded("a.wav", ["-ar", "16000"]), vbr,
                try fixtures.coded("b.opus", ["-c:a", "libopus"]), try fixtures.coded("c.m4a", []),
                try fixtures.coded("d.wav", ["-ar", "48000", "-ac", "2", "-c:a", "pcm_s24le"]),
                try fixtures.coded("e.flac", []),
            ]
            let rendered = try render(segments, [.init(codec: .mp3, bitRate: 256_000)], in: fixtures)
            let samples = try decoded(rendered[0].path)
            #expect(samples.count == Self.head + segments.count * Fixtures.samples + Self.tail)
            let starts = segments.indices.map { Self.head + $0 * Fixtures.samples }
            let expected = starts.flatMap { start in Fixtures.bursts.map { start + Int($0 * 44_100) } }
            let found = onsets(samples)
            try #require(found.count == expected.count)
            for (onset, place) in zip(found, expected) { #expect(abs(onset - place) <= 44) }
        }
    }

    /// Lengths around the edges of a frame. For 13, 25 and 37 frames, a size computed by rounding the whole down is a
    /// byte too short.
    static let lengths = [
        2048, 4096, 44_100, 115_199, 115_200, 115_201, 115_246, 115_247, 12 * 1152, 24 * 1152, 36 * 1152, 132_300,
    ]

    @Test("an MP3 has the predicted size and decodes to exactly the samples that went in", arguments: lengths)
    func sizesAndLengths(length: Int) throws {
        try Fixtures.with { fixtures in
            for bitRate in MP3Layout.bitRates {
                let out = fixtures.path("o.mp3")
                let renderer = try ChapterRenderer(
                    outputs: [(.init(codec: .mp3, bitRate: bitRate), openFile(out, flags: O_RDWR | O_CREAT))],
                    headSamples: length,
                    gainDecibels: 0,
                    toneSeed: 1
                )
                let encoded = try renderer.finish(tailSamples: 0)
                let frames = (length + 1151) / 1152 + 1
                let padding = ((frames - 1) * (144 * bitRate % 44_100) + 44_099) / 44_100
                let info = 144 * max(56_000, bitRate) / 44_100
                #expect(encoded[0].sizeBytes == info + frames * (144 * bitRate / 44_100) + padding)
                #expect(encoded[0].sizeBytes == MP3Layout.fileBytes(samples: length, bitRate: bitRate))
                #expect(try fixtures.bytes(out).count == MP3Layout.fileBytes(samples: length, bitRate: bitRate))
                #expect(try measurement(of: out).samples == length)
                if bitRate == 48_000 || bitRate == 256_000 {
                    #expect(try fixtures.samplesByFFmpeg(out).count == length)
                    #expect(try fixtures.samplesByLAME(out).count == length)
                }
            }
        }
    }

    @Test("every sample of the decoded MP3 lies over the sample that was encoded")
    func lagIsZero() throws {
        try Fixtures.with { fixtures in
            let master = try fixtures.master()
            let spec = EncodeSpec(codec: .mp3, bitRate: 256_000)
            let rendered = try render([master], [spec], head: 0, tail: 0, in: fixtures)
            let original = try decoded(master)
            for found in [
                try decoded(rendered[0].path), try fixtures.samplesByFFmpeg(rendered[0].path),
                try fixtures.samplesByLAME(rendered[0].path),
            ] {
                try #require(found.count == original.count)
                // A shift by one sample of a 1 kHz tone is an error of -17 dB. The error of coding at 256k is far below
                // -30 dB.
                var error = 0.0
                var energy = 0.0
                for (one, other) in zip(found, original) {
                    error += Double(one - other) * Double(one - other)
                    energy += Double(other) * Double(other)
                }
                #expect(error < energy / 1000)
            }
        }
    }

    @Test("an independent checker finds frames of a constant rate and nothing else; the tag's checksums are right")
    func infoFrame() throws {
        try Fixtures.with { fixtures in
            let rendered = try render([try fixtures.master()], [.init(codec: .mp3, bitRate: 192_000)], in: fixtures)
            let report = String(decoding: try Fixtures.run("mp3val", [rendered[0].path]), as: UTF8.self)
            #expect(report.contains("(MPEG 1 Layer III), no tags, CBR"))
            #expect(!report.contains("Garbage") && !report.contains("truncated"))
            let bytes = try fixtures.bytes(rendered[0].path)
            #expect(crc16(bytes[..<175]) == UInt16(bytes[175]) << 8 | UInt16(bytes[176]))
            #expect(crc16(bytes[626...]) == UInt16(bytes[173]) << 8 | UInt16(bytes[174]))
            #expect(bytes[141..<145].elementsEqual("LAME".utf8))
        }
    }

    @Test("a chapter has the same bytes, alone or beside other specs, in this process and in another")
    func isDeterministic() async throws {
        let fixtures = try Fixtures()
        defer { try? FileManager.default.removeItem(at: fixtures.folder) }
        let segments = [try fixtures.coded("a.opus", ["-c:a", "libopus"]), try fixtures.coded("b.m4a", ["-ac", "2"])]
        let specs: [EncodeSpec] = [.init(codec: .mp3, bitRate: 192_000), .init(codec: .aac, bitRate: 128_000)]
        let both = try render(segments, specs, gain: -1.5, in: fixtures, prefix: "both")
        let alone = try render(segments, [specs[1]], gain: -1.5, in: fixtures, prefix: "alone")
        #expect(try fixtures.bytes(both[1].path) == fixtures.bytes(alone[0].path))
        let folder = fixtures.folder
        await #expect(processExitsWith: .success) { [segments = segments as [String], folder = folder as URL] in
            let specs: [EncodeSpec] = [.init(codec: .mp3, bitRate: 192_000), .init(codec: .aac, bitRate: 128_000)]
            _ = try render(segments, specs, gain: -1.5, in: Fixtures(folder: folder), prefix: "other")
        }
        for number in 0...1 {
            let bytes = try fixtures.bytes(both[number].path)
            #expect(!bytes.isEmpty)
            #expect(try bytes == fixtures.bytes(fixtures.path("other\(number)")))
        }
    }

    @Test("a segment whose decoded length differs from the measured one fails with its index")
    func changedSegment() throws {
        try Fixtures.with { fixtures in
            let master = try fixtures.master()
            for promised in [Fixtures.samples - 1, Fixtures.samples + 1] {
                let output = try openFile(fixtures.path("o.mp3"), flags: O_RDWR | O_CREAT)
                let renderer = try ChapterRenderer(
                    outputs: [(.init(codec: .mp3, bitRate: 256_000), output)],
                    headSamples: 2048,
                    gainDecibels: 0,
                    toneSeed: 1
                )
                let segment = try openFile(master)
                let error = #expect(throws: MediaError.self) {
                    try renderer.append(segment: 7, descriptor: segment, samples: promised)
                }
                #expect(error?.kind == .changed)
                #expect(error?.segment == 7)
            }
        }
    }

    @Test("outputs that only the renderer holds stay open until it ends, whatever files are opened meanwhile")
    func ownsOutputs() throws {
        try Fixtures.with { fixtures in
            let master = try fixtures.master()
            let names = ["first.mp3", "second.mp3"]
            let renderer = try ChapterRenderer(
                outputs: names.map {
                    (.init(codec: .mp3, bitRate: 128_000), try openFile(fixtures.path($0), flags: O_RDWR | O_CREAT))
                },
                headSamples: 2048,
                gainDecibels: 0,
                toneSeed: 1
            )
            // If the outputs were closed, these files would get their descriptor numbers, and then their bytes.
            let others = try (0..<8).map { try openFile(fixtures.path("other\($0)"), flags: O_RDWR | O_CREAT) }
            try renderer.append(segment: 0, descriptor: openFile(master), samples: Fixtures.samples)
            _ = try renderer.finish(tailSamples: 2048)
            for name in names { #expect(try decoded(fixtures.path(name)).count == 2 * 2048 + Fixtures.samples) }
            for number in others.indices { #expect(try fixtures.bytes(fixtures.path("other\(number)")).isEmpty) }
        }
    }

    @Test("gain is applied to segments and not to the room tone")
    func gain() throws {
        try Fixtures.with { fixtures in
            let master = try fixtures.master()
            let spec = EncodeSpec(codec: .mp3, bitRate: 256_000)
            let plain = try decoded(render([master], [spec], in: fixtures, prefix: "p")[0].path)
            let halved = try decoded(render([master], [spec], gain: -6.0206, in: fixtures, prefix: "h")[0].path)
            let body = Self.head..<Self.head + Fixtures.samples
            #expect(abs(rootMeanSquare(halved[body]) / rootMeanSquare(plain[body]) - 0.5) < 0.005)
            let tone = Self.head + Fixtures.samples + 2304
            #expect(abs(rootMeanSquare(halved[tone...]) / rootMeanSquare(plain[tone...]) - 1) < 0.05)
        }
    }

    @Test("room tone is noise near -72 dBFS around zero, never digital silence, and differs for each seed")
    func roomTone() throws {
        try Fixtures.with { fixtures in
            let spec = EncodeSpec(codec: .mp3, bitRate: 320_000)
            var tones: [[Float]] = []
            for seed in [1, 2] as [UInt64] {
                let out = fixtures.path("t\(seed).mp3")
                let renderer = try ChapterRenderer(
                    outputs: [(spec, openFile(out, flags: O_RDWR | O_CREAT))],
                    headSamples: 44_100,
                    gainDecibels: 0,
                    toneSeed: seed
                )
                _ = try renderer.finish(tailSamples: 0)
                tones.append(try decoded(out))
            }
            #expect(tones[0] != tones[1])
            for tone in tones {
                let decibels = 20 * log10(rootMeanSquare(tone[2048..<40_000]))
                #expect(decibels > -75 && decibels < -71)
                #expect(abs(tone.reduce(0) { $0 + Double($1) } / Double(tone.count)) < 1e-5)
                #expect(tone[2048..<40_000].filter { $0 == 0 }.count < 100)
            }
        }
    }

    @Test("AAC packets follow each other without a gap, one is for priming, and they decode 1,024 samples late")
    func aac() throws {
        try Fixtures.with { fixtures in
            let master = try fixtures.master()
            let out = fixtures.path("o.aac")
            let renderer = try ChapterRenderer(
                outputs: [(.init(codec: .aac, bitRate: 128_000), openFile(out, flags: O_RDWR | O_CREAT))],
                headSamples: 2048,
                gainDecibels: 0,
                toneSeed: 1
            )
            try renderer.append(segment: 0, descriptor: openFile(master), samples: Fixtures.samples)
            let encoded = try renderer.finish(tailSamples: 135 * 1024 - 2048 - Fixtures.samples + 2048)[0]
            #expect(encoded.samples == 137 * 1024)
            #expect(encoded.packetSizes.count == 138)
            #expect(encoded.packetSizes.reduce(0, +) == encoded.sizeBytes)
            #expect(encoded.decoderConfiguration == [0x12, 0x08, 0x56, 0xE5, 0x00])
            let raw = try fixtures.bytes(out)
            #expect(raw.count == encoded.sizeBytes)
            let adts = try fixtures.write(withADTS(raw, encoded.packetSizes), "adts.aac")
            let samples = try fixtures.samplesByFFmpeg(adts)
            #expect(samples.count == 138 * 1024)
            let places = Fixtures.bursts.map { 1024 + 2048 + Int($0 * 44_100) }
            for (onset, place) in zip(onsets(samples), places) { #expect(abs(onset - place) <= 44) }
        }
    }

    @Test("a bit rate that no MP3 has is refused, and so is an output that is not a file")
    func refusesSpecs() throws {
        try Fixtures.with { fixtures in
            let path = fixtures.path("o.mp3")
            let output = try openFile(path, flags: O_RDWR | O_CREAT)
            let unknownRate = #expect(throws: MediaError.self) {
                try ChapterRenderer(
                    outputs: [(.init(codec: .mp3, bitRate: 250_000), output)],
                    headSamples: 2048,
                    gainDecibels: 0,
                    toneSeed: 1
                )
            }
            #expect(unknownRate?.reason == "MP3 has no constant bit rate of 250000 bit/s")
            let device = try openFile("/dev/null", flags: O_RDWR)
            let noFile = #expect(throws: MediaError.self) {
                try ChapterRenderer(
                    outputs: [(.init(codec: .mp3, bitRate: 256_000), device)],
                    headSamples: 2048,
                    gainDecibels: 0,
                    toneSeed: 1
                )
            }
            #expect(noFile?.kind == .failed)
        }
    }
}

/// Renders `segments` between room tones, and returns one file for each spec.
@discardableResult
func render(
    _ segments: [String],
    _ specs: [EncodeSpec],
    head: Int = RenderTests.head,
    tail: Int = RenderTests.tail,
    gain: Double = 0,
    in fixtures: Fixtures,
    prefix: String = "out"
) throws -> [URL] {
    let files = specs.indices.map { fixtures.folder.appendingPathComponent("\(prefix)\($0)") }
    let outputs = try zip(specs, files).map { (spec: $0, descriptor: try openFile($1.path, flags: O_RDWR | O_CREAT)) }
    let renderer = try ChapterRenderer(outputs: outputs, headSamples: head, gainDecibels: gain, toneSeed: 42)
    for (index, segment) in segments.enumerated() {
        let samples = try measurement(of: segment).samples
        try renderer.append(segment: index, descriptor: openFile(segment), samples: samples)
    }
    _ = try renderer.finish(tailSamples: tail)
    return files
}

func rootMeanSquare(_ samples: ArraySlice<Float>) -> Double {
    (samples.reduce(0) { $0 + Double($1) * Double($1) } / Double(samples.count)).squareRoot()
}

/// The checksum of Info tags, computed bit by bit.
func crc16(_ bytes: ArraySlice<UInt8>) -> UInt16 {
    bytes.reduce(0) { crc, byte in
        (0..<8).reduce(crc ^ UInt16(byte)) { value, _ in value & 1 == 0 ? value >> 1 : value >> 1 ^ 0xA001 }
    }
}

/// Puts an ADTS header (AAC-LC, 44,100 Hz, mono) before each packet.
func withADTS(_ raw: [UInt8], _ sizes: [UInt32]) -> [UInt8] {
    var bytes: [UInt8] = []
    var offset = 0
    for size in sizes.map(Int.init) {
        let whole = size + 7
        bytes += [
            0xFF, 0xF1, 0x50, UInt8(0x40 | whole >> 11), UInt8(whole >> 3 & 0xFF), UInt8(whole & 7) << 5 | 0x1F, 0xFC,
        ]
        bytes += raw[offset..<offset + size]
        offset += size
    }
    return bytes
}

extension Fixtures {
    init(folder: URL) { self.folder = folder }

    /// What ffmpeg decodes `path` to.
    func samplesByFFmpeg(_ path: String) throws -> [Float] {
        let raw = try Fixtures.run("ffmpeg", ["-v", "error", "-i", path, "-f", "s16le", "-c:a", "pcm_s16le", "-"])
        return samples(raw)
    }

    /// What LAME's own decoder makes of `path`.
    func samplesByLAME(_ path: String) throws -> [Float] {
        let wave = self.path("lame-\(UUID().uuidString).wav")
        try Fixtures.run("lame", ["--quiet", "--decode", "--mp3input", path, wave])
        return try decoded(wave)
    }

    private func samples(_ raw: Data) -> [Float] {
        stride(from: 0, to: raw.count - 1, by: 2).map { offset in
            Float(Int16(bitPattern: UInt16(raw[offset]) | UInt16(raw[offset + 1]) << 8)) / 32_768
        }
    }
}
