import Foundation
import Logging
import Model
import Platforms
import Processes
import TestSupport
import Testing
import Validation

@testable import Workers

@Suite("Packages, decoded by the real worker and judged", .timeLimit(.minutes(10)))
struct ValidatePackageTests {
    private let tenant = TenantID.random()
    private let pool: WorkerPool

    init() throws {
        pool = WorkerPool(
            configuration: .real,
            launcher: try Launcher(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private func measure(_ path: String, _ format: PackageFormat) async throws -> MeasuredPackage {
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int64 ?? 0
        return try await pool.measure(package: .reading(path), as: format, bytes: size, tenant: tenant)
    }

    private func report(_ path: String, for platform: Platform) async throws -> ValidationReport {
        let pack = RulePack.pack(for: platform)
        return PackageValidator(pack: pack).report(on: try await measure(path, pack.packageFormat.value))
    }

    private func errors(_ path: String, for platform: Platform) async throws -> [String] {
        try await report(path, for: platform).issues.filter { $0.severity == .error }.map(\.message)
    }

    // MARK: ZIP

    @Test("a ZIP that keeps every rule is valid, and its specifications are those that FFmpeg was given")
    func validZIP() async throws {
        try await withPackageFixture { fixture in
            let report = try await report(try fixture.zip(), for: .google)
            #expect(report.valid, "\(report.issues)")
            // The file as its encoder describes it: 10 s of 44,100 samples each, without delay or padding.
            #expect(report.specs.totalDurationSeconds == 20)
            #expect(report.specs.audioCodec == "mp3")
            #expect(report.specs.bitrate == "256k")
            #expect(report.specs.sampleRate == 44_100)
            #expect(report.specs.channels == 1)
            #expect(
                report.issues.map(\.message) == [
                    "The book is shorter than Google Play Books takes", "ISBN not provided",
                ]
            )
        }
    }

    @Test("a worker tells how much of a package it has decoded, over all of its tracks")
    func progress() async throws {
        try await withPackageFixture { fixture in
            let path = try fixture.zip()
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int64 ?? 0
            let progress = Progress()
            _ = try await pool.measure(package: .reading(path), as: .zipMP3, bytes: size, tenant: tenant) {
                progress.append($0)
            }
            #expect(progress.values == progress.values.sorted() && progress.values.last == 20 * 44_100)
        }
    }

    @Test(
        "each broken rule is named, and no other",
        arguments: [
            (["-b:a", "128k"], 44_100, 1, ["Bit rate too low for Google Play Books"]),
            (["-q:a", "2"], 44_100, 1, ["The bit rate is not constant", "Bit rate too low for Google Play Books"]),
            (["-b:a", "256k"], 48_000, 1, ["Wrong sample rate for Google Play Books"]),
            (["-b:a", "256k"], 44_100, 2, ["Wrong number of channels for Google Play Books"]),
        ]
    )
    func brokenEncodes(_ quality: [String], _ rate: Int, _ channels: Int, _ expected: [String]) async throws {
        try await withPackageFixture { fixture in
            var track = PackageFixture.Track()
            (track.quality, track.rate, track.channels) = (quality, rate, channels)
            let messages = try await errors(try fixture.zip(of: track), for: .google)
            #expect(messages == expected)
        }
    }

    @Test("RMS and peak agree with FFmpeg's and sox's meters within 0.1 dB, and the floor is that of the noise")
    func levelsAgree() async throws {
        try await withPackageFixture { fixture in
            let zip = try fixture.zip()
            let specs = try await report(zip, for: .google).specs
            let wav = fixture.path("1.wav")
            try Oracle.run(
                "ffmpeg",
                ["-loglevel", "error", "-y", "-i", fixture.path("1.mp3"), "-c:a", "pcm_f32le", wav]
            )
            let astats = try Oracle.run(
                "ffmpeg",
                ["-hide_banner", "-i", wav, "-af", "astats=measure_perchannel=none", "-f", "null", "-"]
            ).output
            let stats = try Oracle.run("sox", [wav, "-n", "stats"]).output
            func number(_ label: String, in text: String) throws -> Double {
                let line = try #require(text.split(separator: "\n").first { $0.contains(label) }, "\(text)")
                return try #require(line.split(separator: " ").last.flatMap { Double($0) })
            }
            #expect(abs(try number("RMS level dB", in: astats) - specs.averageRMS) <= 0.1)
            #expect(abs(try number("Peak level dB", in: astats) - specs.peakLevel) <= 0.1)
            #expect(abs(try number("RMS lev dB", in: stats) - specs.averageRMS) <= 0.1)
            #expect(abs(try number("Pk lev dB", in: stats) - specs.peakLevel) <= 0.1)
            // The quietest half second has evenly spread noise of ±0.0003: 20 log10(0.0003 / √3).
            #expect(abs(specs.noiseFloor - -75.2) < 0.6, "\(specs.noiseFloor)")
        }
    }

    @Test(
        "levels outside ACX's window are named with the level and the chapters",
        arguments: [
            ("if(between(t,0.75,8.2),0.8*sin(2764.6*t),0)", "RMS level too high for ACX requirements"),
            ("if(between(t,0.75,8.2),0.8*sin(2764.6*t),0)", "Peak level too high for ACX requirements"),
            ("if(between(t,0.75,8.2),0.05*sin(2764.6*t),0)", "RMS level too low for ACX requirements"),
            (
                "if(between(t,0.75,8.2),0.17*sin(2764.6*t),0.002*sin(900*t))",
                "Noise floor too high for ACX requirements"
            ),
            ("if(between(t,0.2,8.2),0.17*sin(2764.6*t),0)", "Too little room tone at the start for ACX requirements"),
            ("if(between(t,0.75,9.5),0.17*sin(2764.6*t),0)", "Too little room tone at the end for ACX requirements"),
        ]
    )
    func levels(_ sound: String, _ expected: String) async throws {
        try await withPackageFixture { fixture in
            var track = PackageFixture.Track()
            track.sound = sound + "+0.0003*(random(0)*2-1)"
            track.quality = ["-b:a", "192k"]
            let report = try await report(try fixture.zip(of: track), for: .acx)
            let issue = report.issues.first { $0.message == expected }
            #expect(issue?.severity == .error, "\(report.issues)")
            #expect(issue?.affectedChapters == [1, 2])
            #expect(issue?.details.contains("required") == true)
        }
    }

    @Test("the same recording with the right levels is valid for ACX")
    func validForACX() async throws {
        try await withPackageFixture { fixture in
            var track = PackageFixture.Track()
            track.quality = ["-b:a", "192k"]
            let messages = try await errors(try fixture.zip(of: track), for: .acx)
            #expect(messages == [])
        }
    }

    @Test("digital silence between sentences is distinguished from a quiet room")
    func digitalSilence() async throws {
        try await withPackageFixture { fixture in
            var track = PackageFixture.Track()
            track.sound = "if(between(t,0.75,8.2),0.17*sin(2764.6*t),0)"
            track.quality = ["-b:a", "192k"]
            let messages = try await report(try fixture.zip(of: track), for: .acx).issues.map(\.message)
            #expect(messages.contains("Absolute silence in place of room tone"), "\(messages)")
        }
    }

    @Test("an MP3 that was cut off is named with its chapter")
    func truncated() async throws {
        try await withPackageFixture { fixture in
            try fixture.mp3("1.mp3")
            let whole = try Data(contentsOf: URL(fileURLWithPath: fixture.path("1.mp3")))
            try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: fixture.path("2.mp3")))
            try fixture.cover()
            let report = try await report(try fixture.zip("book.zip", ["cover.jpg", "1.mp3", "2.mp3"]), for: .google)
            let issue = try #require(report.issues.first { $0.severity == .error })
            #expect(issue.message == "\"2.mp3\" cannot be decoded to its end")
            #expect(issue.affectedChapters == [2])
            #expect(issue.category == .integrity)
        }
    }

    @Test("a changed byte in the cover is found by the archive's checksum")
    func wrongChecksum() async throws {
        try await withPackageFixture { fixture in
            let zip = try fixture.zip()
            var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: zip)))
            bytes[5000] ^= 0x40
            try Data(bytes).write(to: URL(fileURLWithPath: zip))
            let messages = try await errors(zip, for: .google)
            #expect(messages.contains("\"cover.jpg\" does not match its checksum"), "\(messages)")
        }
    }

    @Test("a compressed member is named and never inflated")
    func deflated() async throws {
        try await withPackageFixture { fixture in
            _ = try fixture.zip()
            try Data(repeating: 0, count: 64 << 20).write(to: URL(fileURLWithPath: fixture.path("3.mp3")))
            let zip = try fixture.zip("bomb.zip", ["cover.jpg", "3.mp3"], level: 9)
            let messages = try await errors(zip, for: .google)
            #expect(messages.contains("\"3.mp3\" is compressed in the archive"), "\(messages)")
            #expect(messages.contains("The package holds no audio"))
        }
    }

    @Test("a missing cover and a cover that is too small are named with the requirement")
    func covers() async throws {
        try await withPackageFixture { fixture in
            let small = try await errors(try fixture.zip(cover: 2400), for: .google)
            #expect(small == ["Cover too small for Google Play Books"])
            let without = try fixture.zip("without.zip", ["1.mp3", "2.mp3"])
            let missing = try await errors(without, for: .google)
            #expect(missing == ["No cover"])
        }
    }

    @Test("a file above ACX's two hours and 170 MB is named, with its length and size")
    func tooLong() async throws {
        try await withPackageFixture { fixture in
            var track = PackageFixture.Track()
            // Frames that do not refer to earlier ones can be repeated. 192k at 48 kHz has no padding bytes.
            (track.rate, track.quality) = (48_000, ["-b:a", "192k", "-reservoir", "0", "-write_xing", "0"])
            track.seconds = 100
            try fixture.mp3("short.mp3", track)
            let once = try Data(contentsOf: URL(fileURLWithPath: fixture.path("short.mp3")))
            let tag = 10 + once[6..<10].reduce(0) { $0 << 7 | Int($1) }
            let frames = once[tag...]
            var long = Data()
            for _ in 0..<73 { long.append(frames) }
            try long.write(to: URL(fileURLWithPath: fixture.path("1.mp3")))
            try fixture.cover()
            let report = try await report(try fixture.zip("book.zip", ["cover.jpg", "1.mp3"]), for: .acx)
            let details = report.issues.filter { $0.severity == .error }.map { "\($0.message): \($0.details)" }
            let messages = report.issues.map(\.message)
            #expect(messages.contains("Audio file too long for ACX"), "\(details)")
            #expect(messages.contains("Audio file too large for ACX"), "\(details)")
            #expect(details.contains { $0.contains("Length: 2:0") })
        }
    }

    // MARK: M4B

    @Test("an M4B that keeps every rule is valid, and its chapters are measured one by one")
    func validM4B() async throws {
        try await withPackageFixture { fixture in
            let path = try fixture.m4b("book.m4b", options: ["-movflags", "+faststart"])
            let package = try await measure(path, .m4b)
            #expect(package.tracks.first?.sections.map(\.title) == ["Chapter 1", "Chapter 2"])
            #expect(package.tracks.first?.sections.map(\.samples) == [176_400, 264_600])
            let report = try await report(path, for: .apple)
            #expect(report.valid, "\(report.issues)")
            #expect(report.specs.audioCodec == "aac")
            #expect(report.specs.totalDurationSeconds == 10)
        }
    }

    @Test("an M4B with its index after the audio, without chapters, or of another brand is reported with the fault")
    func brokenM4B() async throws {
        try await withPackageFixture { fixture in
            let late = try fixture.m4b("late.m4b")
            let behind = try await errors(late, for: .apple)
            #expect(behind == ["The index stands behind the audio"])
            let bare = try fixture.m4b("bare.m4b", chapters: [], options: ["-movflags", "+faststart"])
            let unmarked = try await errors(bare, for: .apple)
            #expect(unmarked == ["No chapters that Apple Books shows"])
            let brand = try fixture.m4b("m4a.m4b", options: ["-movflags", "+faststart", "-brand", "M4A "])
            let other = try await errors(brand, for: .apple)
            #expect(other == ["The file is not marked as an audiobook"])
        }
    }

    // MARK: Hostile files

    @Test("packages with bytes changed anywhere get an answer, and never kill the worker")
    func mutations() async throws {
        try await withPackageFixture { fixture in
            let seed = UInt64.random(in: .min ... .max)
            print("seed of the changed packages: \(seed)")
            var generator = SeededGenerator(seed: seed)
            let zip = try fixture.zip(of: PackageFixture.Track(seconds: 2), cover: 300)
            let m4b = try fixture.m4b("book.m4b")
            for (path, format) in [(zip, PackageFormat.zipMP3), (m4b, .m4b)] {
                let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
                for _ in 0..<60 {
                    var bytes = whole
                    // Half of the changes are in the last 2,000 bytes, where the directory and the index are.
                    for _ in 0..<Int.random(in: 1...8, using: &generator) {
                        let isNearEnd = Bool.random(using: &generator)
                        let place =
                            isNearEnd
                            ? bytes.count - 1 - Int.random(in: 0..<min(2000, bytes.count), using: &generator)
                            : Int.random(in: 0..<bytes.count, using: &generator)
                        bytes[place] =
                            [0, 0xFF, 0x7F, UInt8.random(in: 0...255, using: &generator)]
                            .randomElement(using: &generator) ?? 0
                    }
                    if Int.random(in: 0..<5, using: &generator) == 0 {
                        bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator))
                    }
                    let changed = fixture.path("changed")
                    try Data(bytes).write(to: URL(fileURLWithPath: changed))
                    _ = try await measure(changed, format)
                }
            }
        }
    }

    @Test("a file that is not a package is refused in words", arguments: [PackageFormat.zipMP3, .m4b, .epub3])
    func noPackage(_ format: PackageFormat) async throws {
        try await withPackageFixture { fixture in
            for content in [
                "", "PK", "Dear editor, the book follows next week.\n", String(repeating: "\0", count: 70_000),
            ] {
                try Data(content.utf8).write(to: URL(fileURLWithPath: fixture.path("file")))
                let package = try await measure(fixture.path("file"), format)
                #expect(package.refusal?.isEmpty == false)
            }
        }
    }
}
