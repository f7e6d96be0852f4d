import Foundation
import Model
import Platforms

@testable import Validation

/// Facts of packages that keep every rule. Tests change one fact at a time.
enum Facts {
    /// The square of a level in dB.
    static func square(_ decibels: Double) -> Double { pow(10, decibels / 10) }

    static func section(
        seconds: Int64 = 600,
        rms: Double = -20,
        peak: Double = -4,
        floor: Double = -72
    ) -> MeasuredPackage.Section {
        let samples = seconds * 44_100
        return MeasuredPackage.Section(
            title: "",
            samples: samples,
            peak: pow(10, peak / 20),
            energy: square(rms) * Double(samples),
            quietestMeanSquare: square(floor),
            quietAtStart: 33_075,
            quietAtEnd: 66_150
        )
    }

    static func track(
        _ name: String,
        rate: Int = 192_000,
        section: MeasuredPackage.Section = section()
    ) -> MeasuredPackage.Track {
        MeasuredPackage.Track(
            name: name,
            codec: "mp3",
            bitRates: rate...rate,
            sampleRate: 44_100,
            channels: 1,
            bytes: Int64(rate / 8) * section.samples / 44_100,
            samples: section.samples,
            hasCover: true,
            title: name,
            sections: [section]
        )
    }

    static func zip(_ tracks: [MeasuredPackage.Track]) -> MeasuredPackage {
        MeasuredPackage(
            bytes: tracks.reduce(0) { $0 + $1.bytes },
            members: tracks.map {
                MeasuredPackage.Member(name: $0.name, bytes: $0.bytes, isStored: true, isIntact: true)
            },
            tracks: tracks,
            cover: MeasuredPackage.Picture(width: 3000, height: 3000),
            tags: ["title": "A", "author": "B", "narrator": "C", "isbn": "978-3-16-148410-0"]
        )
    }

    static func expectation(
        of package: MeasuredPackage,
        rate: Int = 192_000,
        digitalVoice: Bool = false
    ) -> PackageExpectation {
        let sections = package.tracks.flatMap(\.sections)
        return PackageExpectation(
            book: BookMetadata(title: "A", digitalVoice: digitalVoice),
            audio: AudioSpec(codec: .mp3, bitRate: rate),
            sections: sections.map(\.samples),
            chapters: Array(1...max(1, sections.count))
        )
    }
}

extension PackageValidator {
    init(_ platform: Platform, _ expectation: PackageExpectation? = nil) {
        self.init(pack: RulePack.pack(for: platform), expectation: expectation)
    }
}
