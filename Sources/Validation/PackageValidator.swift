package import Model
package import Platforms

/// Judges a package by its platform's rules and, if there is one, by its plan. It is pure: the same facts give the same
/// report.
package struct PackageValidator: Sendable {
    let pack: RulePack
    let expectation: PackageExpectation?

    /// A validator for the rules of `pack`.
    ///
    /// - Parameter expectation: The properties that the package must have; nil for a foreign package.
    package init(pack: RulePack, expectation: PackageExpectation? = nil) {
        self.pack = pack
        self.expectation = expectation
    }

    /// The findings against `package`, and its measurements.
    package func report(on package: MeasuredPackage) -> ValidationReport {
        var findings = Findings(package, expectation)
        if let digest = package.digest, let planned = expectation?.digest, digest != planned {
            findings.error(
                .integrity,
                "The bytes are not those that were packaged",
                "SHA-256: \(digest), when it was made: \(planned)"
            )
        }
        if let refusal = package.refusal {
            findings.error(.structure, "The package cannot be read as \(pack.name) takes it", "Read: \(refusal)")
            return ValidationReport(findings.issues, Self.specs(of: package))
        }
        checkMembers(package, &findings)
        checkIndex(package, &findings)
        checkAudio(package, &findings)
        checkLengths(package, &findings)
        if let levels = pack.levels?.value { checkLevels(levels, &findings) }
        checkPlan(package, &findings)
        checkText(package, &findings)
        checkCover(package, &findings)
        checkMetadata(package, &findings)
        checkEligibility(&findings)
        return ValidationReport(findings.issues, Self.specs(of: package))
    }

    private static func specs(of package: MeasuredPackage) -> ValidationReport.Specs {
        let sections = package.tracks.flatMap(\.sections)
        let samples = package.tracks.reduce(0) { $0 + $1.samples }
        let energy = sections.reduce(0) { $0 + $1.energy }
        let seconds = Double(samples) / Double(Timeline.sampleRate)
        let floors = sections.map { Decibels.ofMeanSquare($0.quietestMeanSquare) }
        let bytes = package.tracks.reduce(0) { $0 + $1.bytes }
        let isConstant = Set(package.tracks.map(\.bitRates)).count == 1
        let rate =
            isConstant
            ? Double(package.tracks.first?.bitRates.upperBound ?? 0)
            : seconds > 0 ? Double(bytes) * 8 / seconds : 0
        return ValidationReport.Specs(
            fileSizeMB: (Double(package.bytes) / 1_000_000).rounded(decimals: package.bytes < 1_000_000 ? 3 : 1),
            totalDurationSeconds: seconds.rounded(decimals: 3),
            audioCodec: package.tracks.first?.codec ?? "",
            bitrate: "\(Int((rate / 1000).rounded()))k",
            sampleRate: package.tracks.first?.sampleRate ?? 0,
            channels: package.tracks.first?.channels ?? 0,
            peakLevel: Decibels.ofPeak(sections.map(\.peak).max() ?? 0).rounded(decimals: 1),
            averageRMS: Decibels.ofMeanSquare(samples > 0 ? energy / Double(samples) : 0).rounded(decimals: 1),
            noiseFloor: (floors.max() ?? Decibels.silence).rounded(decimals: 1)
        )
    }
}

/// The findings so far, and the chapters of the package.
struct Findings {
    /// One chapter, or a part of one, as it was measured after decoding.
    struct Chapter {
        let number: Int
        let track: MeasuredPackage.Track
        let section: MeasuredPackage.Section
    }

    private(set) var issues: [ValidationReport.Issue] = []
    let chapters: [Chapter]
    /// The number of the first chapter in each track.
    let firstChapters: [Int]

    init(_ package: MeasuredPackage, _ expectation: PackageExpectation?) {
        var chapters: [Chapter] = []
        var firsts: [Int] = []
        var place = 0
        func number(_ place: Int) -> Int {
            guard let known = expectation?.chapters, place < known.count else { return place + 1 }
            return known[place]
        }
        for track in package.tracks {
            firsts.append(number(place))
            for section in track.sections {
                chapters.append(Chapter(number: number(place), track: track, section: section))
                place += 1
            }
            // A file that could not be decoded still takes the place of a chapter.
            if track.sections.isEmpty { place += 1 }
        }
        self.chapters = chapters
        firstChapters = firsts
    }

    mutating func error(
        _ category: ValidationReport.Issue.Category,
        _ message: String,
        _ details: String,
        chapters: [Int] = []
    ) {
        add(.error, category, message, details, chapters)
    }

    mutating func warning(
        _ category: ValidationReport.Issue.Category,
        _ message: String,
        _ details: String,
        chapters: [Int] = []
    ) {
        add(.warning, category, message, details, chapters)
    }

    private mutating func add(
        _ severity: ValidationReport.Issue.Severity,
        _ category: ValidationReport.Issue.Category,
        _ message: String,
        _ details: String,
        _ chapters: [Int]
    ) {
        issues.append(
            ValidationReport.Issue(
                severity: severity,
                category: category,
                message: message,
                details: details,
                affectedChapters: Set(chapters).sorted()
            )
        )
    }
}
