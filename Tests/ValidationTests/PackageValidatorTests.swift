import Foundation
import Model
import Platforms
import Testing

@testable import Validation

@Suite("Validation of packages")
struct PackageValidatorTests {
    @Test("a package that keeps every rule has no issue at all")
    func clean() {
        let package = Facts.zip((1...3).map { Facts.track("\($0).mp3") })
        let report = PackageValidator(.acx, Facts.expectation(of: package)).report(on: package)
        #expect(report.valid)
        #expect(report.issues == [])
    }

    @Test("chapters outside the window are listed by number, with the worst level and the window")
    func affectedChapters() {
        let levels = [-25.34, -20, -23.01, -20, -20, -20, -24]
        let package = Facts.zip(
            levels.enumerated().map { Facts.track("\($0 + 1).mp3", section: Facts.section(rms: $1)) }
        )
        let report = PackageValidator(.acx).report(on: package)
        #expect(!report.valid)
        #expect(report.issues.count == 1)
        let issue = report.issues.first
        #expect(issue?.category == .audioQuality)
        #expect(issue?.message == "RMS level too low for ACX requirements")
        #expect(issue?.details == "Average RMS: -25.34 dB in chapter 1, required: -23 dB to -18 dB")
        #expect(issue?.affectedChapters == [1, 3, 7])
    }

    @Test("the window's own edges are inside", arguments: [-23.0, -18.0])
    func edges(_ rms: Double) {
        // Just inside the window, because energies are sums.
        let inside = rms == -23 ? rms + 1e-9 : rms - 1e-9
        let package = Facts.zip([Facts.track("1.mp3", section: Facts.section(rms: inside, peak: -3, floor: -60))])
        #expect(PackageValidator(.acx).report(on: package).valid)
    }

    @Test("only a platform with level rules judges levels")
    func levelsAreOfStores() {
        let package = Facts.zip([
            Facts.track("1.mp3", rate: 256_000, section: Facts.section(rms: -40, peak: 0, floor: -20))
        ])
        #expect(PackageValidator(.google).report(on: package).valid)
        #expect(PackageValidator(.acx).report(on: package).issues.filter { $0.severity == .error }.count == 3)
    }

    @Test("synthetic narration is a separate finding and no error, because the file may meet the specification")
    func eligibility() {
        let good = Facts.zip([Facts.track("1.mp3")])
        let report = PackageValidator(.acx, Facts.expectation(of: good, digitalVoice: true)).report(on: good)
        #expect(report.valid)
        #expect(report.issues.map(\.message) == ["Meets the file spec, not eligible"])
        #expect(report.issues.first?.category == .eligibility)
        #expect(report.issues.first?.severity == .warning)
        let google = Facts.zip([Facts.track("1.mp3", rate: 256_000)])
        let other = PackageValidator(.google, Facts.expectation(of: google, rate: 256_000, digitalVoice: true))
        #expect(other.report(on: google).issues == [])
    }

    @Test("a package whose length, bit rate, chapter count or hash differs from the plan is not valid")
    func expectation() throws {
        var package = Facts.zip((1...2).map { Facts.track("\($0).mp3") })
        let plan = Facts.expectation(of: package)
        func messages(_ change: (inout PackageExpectation) -> Void) -> [String] {
            var changed = plan
            change(&changed)
            return PackageValidator(.acx, changed).report(on: package).issues.map(\.message)
        }
        #expect(messages { $0.sections[1] += 1 } == ["Another length than was planned"])
        #expect(messages { $0.sections.removeLast() } == ["Another number of chapters than was planned"])
        #expect(messages { $0.audio.bitRate = 256_000 } == ["Another bit rate than was planned"])
        package.digest = Digest(bytes: [UInt8](repeating: 1, count: 32))
        #expect(
            messages { $0.digest = Digest(bytes: [UInt8](repeating: 2, count: 32)) }
                == ["The bytes are not those that were packaged"]
        )
    }

    @Test("parts of one chapter are named by the chapter's number")
    func parts() {
        let tracks = (1...3).map { Facts.track("\($0).mp3", section: Facts.section(peak: $0 == 3 ? -1 : -4)) }
        let package = Facts.zip(tracks)
        var plan = Facts.expectation(of: package)
        plan.chapters = [1, 1, 2]
        #expect(PackageValidator(.acx, plan).report(on: package).issues.first?.affectedChapters == [2])
    }

    @Test(
        "a file above a platform's limit of length is named with both lengths",
        arguments: [(Platform.spotify, 256_000, 7200), (.acx, 192_000, 7200)]
    )
    func tooLong(_ platform: Platform, _ rate: Int, _ limit: Int64) {
        func report(_ seconds: Int64) -> ValidationReport {
            let section = Facts.section(seconds: seconds)
            var package = Facts.zip([Facts.track("1.mp3", rate: rate, section: section)])
            package.members[0].bytes = 1
            return PackageValidator(platform).report(on: package)
        }
        #expect(report(limit).valid)
        let issue = report(limit + 1).issues.first
        #expect(issue?.message.hasPrefix("Audio file too long") == true)
        #expect(issue?.details == "Length: 2:00:01, required: 2:00:00 or less")
    }

    @Test("Kobo accepts 200,000,000 bytes and not one more")
    func koboSize() {
        func report(_ bytes: Int64) -> ValidationReport {
            var package = Facts.zip([Facts.track("1.mp3")])
            package.bytes = bytes
            package.text = MeasuredPackage.Text(clips: 1, documents: 1, faults: [], moreFaults: 0)
            return PackageValidator(.kobo).report(on: package)
        }
        #expect(report(200_000_000).valid)
        #expect(report(200_000_001).issues.map(\.message) == ["Package too large for Kobo"])
    }

    @Test("faults of overlays are reported, with the number of further faults")
    func overlays() {
        var package = Facts.zip([Facts.track("1.mp3")])
        package.text = MeasuredPackage.Text(
            clips: 1,
            documents: 1,
            faults: ["A clip ends before it begins."],
            moreFaults: 7
        )
        let issue = PackageValidator(.kobo).report(on: package).issues.first
        #expect(issue?.details == "A clip ends before it begins. And 7 more.")
    }

    @Test("digital silence has a level that JSON can hold, and is reported as an issue")
    func silence() throws {
        var section = Facts.section()
        section.quietestMeanSquare = 0
        let package = Facts.zip([Facts.track("1.mp3", section: section)])
        let report = PackageValidator(.acx).report(on: package)
        #expect(report.specs.noiseFloor == -144)
        #expect(report.issues.map(\.message) == ["Absolute silence in place of room tone"])
    }

    @Test("a package that could not be read at all has one issue, and only numbers that JSON can hold")
    func refusal() throws {
        let package = MeasuredPackage(refusal: "it is no ZIP archive, or its end is missing", bytes: 5)
        let report = PackageValidator(.google).report(on: package)
        #expect(!report.valid)
        #expect(report.issues.map(\.category) == [.structure])
        #expect(report.specs.bitrate == "0k")
        #expect(try JSONEncoder().encode(report).isEmpty == false)
    }

    @Test("a report survives JSON, and its keys are the ones that stored reports have")
    func json() throws {
        let package = Facts.zip([Facts.track("1.mp3", section: Facts.section(rms: -25.3))])
        let report = PackageValidator(.acx).report(on: package)
        let document = try JSONEncoder().encode(report)
        #expect(try JSONDecoder().decode(ValidationReport.self, from: document) == report)
        let object = try #require(try JSONSerialization.jsonObject(with: document) as? [String: Any])
        let specs = try #require(object["specs"] as? [String: Any])
        #expect(
            Set(specs.keys) == [
                "fileSizeMB", "totalDurationSeconds", "audioCodec", "bitrate", "sampleRate", "channels", "peakLevel",
                "averageRMS", "noiseFloor",
            ]
        )
        let issue = try #require((object["issues"] as? [[String: Any]])?.first)
        #expect(Set(issue.keys) == ["severity", "category", "message", "details", "affectedChapters"])
        #expect(issue["category"] as? String == "audio_quality")
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(ValidationReport.self, from: Data("{}".utf8)) }
    }
}
