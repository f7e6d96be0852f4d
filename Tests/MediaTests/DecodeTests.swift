import Media
import Testing

@Suite("Segments")
struct DecodeTests {
    /// How each format of the acceptance list is made from the master.
    struct Format: CustomTestStringConvertible {
        let file: String
        let options: [String]
        let rate: Int
        let channels: Int
        var program = "ffmpeg"
        var testDescription: String { file }
    }

    static let formats = [
        Format(file: "a16k.wav", options: ["-ar", "16000"], rate: 16_000, channels: 1),
        Format(file: "b22k8bit.wav", options: ["-ar", "22050", "-c:a", "pcm_u8"], rate: 22_050, channels: 1),
        Format(file: "c44kstereo.wav", options: ["-ac", "2"], rate: 44_100, channels: 2),
        Format(file: "d48k24bit.wav", options: ["-ar", "48000", "-c:a", "pcm_s24le"], rate: 48_000, channels: 1),
        Format(file: "e48k51.wav", options: ["-ar", "48000", "-ac", "6"], rate: 48_000, channels: 6),
        Format(file: "f.mp3", options: ["-b", "128", "-m", "m"], rate: 44_100, channels: 1, program: "lame"),
        Format(file: "g.mp3", options: ["-V", "2"], rate: 44_100, channels: 1, program: "lame"),
        Format(file: "h.flac", options: [], rate: 44_100, channels: 1),
        Format(file: "i.opus", options: ["-c:a", "libopus"], rate: 48_000, channels: 1),
        Format(file: "j.m4a", options: ["-b:a", "96k"], rate: 44_100, channels: 1),
        Format(file: "k.ogg", options: ["-c:a", "libvorbis"], rate: 44_100, channels: 1),
        Format(file: "k2.ogg", options: [], rate: 44_100, channels: 1, program: "oggenc"),
        Format(file: "l24k.mp3", options: ["-ar", "24000", "-b:a", "64k"], rate: 24_000, channels: 1),
        Format(file: "m.wav", options: ["-c:a", "pcm_f32le"], rate: 44_100, channels: 1),
        Format(file: "n-moov-first.m4a", options: ["-movflags", "+faststart"], rate: 44_100, channels: 1),
    ]

    @Test("every format decodes to the exact length, with each burst within 1 ms of its place", arguments: formats)
    func isExact(format: Format) throws {
        try Fixtures.with { fixtures in
            let path = fixtures.path(format.file)
            switch format.program {
            case "lame": try Fixtures.run("lame", ["--quiet"] + format.options + [try fixtures.master(), path])
            case "oggenc": try Fixtures.run("oggenc", ["-Q", "-o", path, try fixtures.master()])
            default: try fixtures.coded(format.file, format.options)
            }
            let measured = try measurement(of: path)
            #expect(measured.samples == Fixtures.samples)
            #expect(measured.sourceSampleRate == format.rate)
            #expect(measured.sourceChannels == format.channels)
            #expect(measured.warnings.isEmpty)
            let found = onsets(try decoded(path))
            try #require(found.count == Fixtures.bursts.count)
            for (onset, burst) in zip(found, Fixtures.bursts) { #expect(abs(onset - Int(burst * 44_100)) <= 44) }
        }
    }

    @Test("a streamed WAV whose length is a placeholder is read to its end")
    func streamedWAV() throws {
        try Fixtures.with { fixtures in
            let master = try fixtures.master()
            let fromFFmpeg = try Fixtures.run("ffmpeg", ["-v", "error", "-i", master, "-f", "wav", "-"])
            #expect(try measurement(of: fixtures.write(fromFFmpeg, "ffmpeg.wav")).samples == Fixtures.samples)
            var bytes = try fixtures.bytes(master)
            let size = try #require((0..<bytes.count).first { bytes[$0...].starts(with: Array("data".utf8)) }) + 4
            for placeholder in [[0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0], [0, 0xF0, 0xFF, 0x7F]] as [[UInt8]] {
                bytes.replaceSubrange(size..<size + 4, with: placeholder)
                #expect(try measurement(of: fixtures.write(bytes, "s.wav")).samples == Fixtures.samples)
            }
            let words = try fixtures.write("A bright day.".utf8, "words")
            let spoken = try Fixtures.run("espeak-ng", ["-v", "en", "--stdin", "--stdout"], input: words)
            #expect(try measurement(of: fixtures.write(spoken, "espeak.wav")).samples > 20_000)
        }
    }

    @Test("a format that cannot say where its sound begins is accepted with a warning")
    func unknownStartWarns() throws {
        try Fixtures.with { fixtures in
            let adts = try measurement(of: fixtures.coded("a.aac", []))
            #expect(adts.warnings == ["ADTS AAC does not say where its sound begins: it may come 25 to 50 ms late"])
            let untagged = try measurement(of: fixtures.coded("b.mp3", ["-write_xing", "0"]))
            #expect(untagged.samples == 133_632)
            #expect(untagged.warnings.count == 1)
            let unedited = try measurement(of: fixtures.coded("c.m4a", ["-use_editlist", "0"]))
            #expect(unedited.warnings.count == 1)
        }
    }

    @Test(
        "an M4A whose edit list counts milliseconds loses less than one, and gains nothing",
        arguments: [99_999, 100_021]
    )
    func editListInMilliseconds(length: Int) throws {
        try Fixtures.with { fixtures in
            let path = try fixtures.coded("e.m4a", ["-af", "atrim=end_sample=\(length)"])
            #expect((length - 44...length).contains(try measurement(of: path).samples))
        }
    }

    @Test("tags of other formats and a cover do not disturb the sound")
    func tagsAreSkipped() throws {
        try Fixtures.with { fixtures in
            let cover = try fixtures.ffmpeg(["-f", "lavfi", "-i", "color=red:s=64x64", "-frames:v", "1"], "c.jpg")
            let master = try fixtures.master()
            let inputs = ["-i", master, "-i", cover, "-map", "0", "-map", "1", "-disposition:v", "attached_pic"]
            for (name, more) in [
                ("t.mp3", ["-c:v", "copy", "-write_id3v1", "1", "-metadata", "title=One"]),
                ("t.m4a", ["-c:v", "copy"]), ("t.flac", ["-c:v", "copy"]),
            ] {
                #expect(try measurement(of: fixtures.ffmpeg(inputs + more, name)).samples == Fixtures.samples)
            }
        }
    }

    @Test("a downmix of full-scale channels does not clip")
    func downmixIsNormalised() throws {
        try Fixtures.with { fixtures in
            let tone = ["-f", "lavfi", "-i", "sine=440:d=1:r=44100", "-af", "volume=17.9dB"]
            let pan = "pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0"
            let stereo = try fixtures.ffmpeg(tone + ["-ac", "2"], "s.wav")
            let surround = try fixtures.ffmpeg(Array(tone.dropLast()) + ["volume=17.9dB,\(pan)"], "m.wav")
            for path in [stereo, surround] {
                let peak = try measurement(of: path).peak
                #expect(peak > 0.5 && peak <= 1)
            }
        }
    }

    @Test("peak, energy and the quietest half second are those of the samples")
    func measures() throws {
        try Fixtures.with { fixtures in
            // A second at 0.5, a second at 0.05, a second at 0.5.
            let expression = "aevalsrc='sin(2*PI*441*t)*if(between(t,1,2),0.05,0.5)':s=44100:d=3"
            let path = try fixtures.ffmpeg(["-f", "lavfi", "-i", expression, "-c:a", "pcm_f32le"], "l.wav")
            let measured = try measurement(of: path)
            #expect(abs(measured.peak - 0.5) < 0.001)
            #expect(abs(measured.energy - 44_100 * (0.125 * 2 + 0.00125)) < 5)
            #expect(abs(measured.quietestMeanSquare - 0.00125) < 0.00001)
        }
    }

    @Test("digital silence has a noise floor of zero, and not a missing one")
    func silence() throws {
        try Fixtures.with { fixtures in
            let path = try fixtures.ffmpeg(["-f", "lavfi", "-i", "anullsrc=r=44100:cl=mono", "-t", "1"], "z.wav")
            let measured = try measurement(of: path)
            #expect(measured.samples == 44_100)
            #expect(measured.peak == 0 && measured.energy == 0 && measured.quietestMeanSquare == 0)
        }
    }
}
