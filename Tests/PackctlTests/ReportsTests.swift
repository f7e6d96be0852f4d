import Foundation
import PackagingMessages
import Testing

@testable import PackctlCommands

@Suite("Reports for people")
struct ReportsTests {
    @Test("readiness says once, for all platforms, where earlier audio stands for new audio")
    func earlierAudio() {
        let audio = Requirement(id: "audio", met: true, details: "1 segment with earlier audio")
        let platforms = ["google", "kobo"].map { id in
            PlatformReadiness(id: id, enabled: true, ready: true, requirements: [audio])
        }
        #expect(
            ReadinessCommand.lines(Readiness(overallReady: true, platforms: platforms)) == [
                "google  ready", "kobo  ready", "audio: 1 segment with earlier audio",
            ]
        )
    }

    @Test("readiness prints each platform's unmet requirements and nothing else")
    func readiness() {
        let readiness = Readiness(
            completionStats: CompletionStats(
                totalChapters: 12,
                chaptersWithCompleteAudio: 8,
                totalSegments: 450,
                segmentsWithAudio: 380,
                percentComplete: 84.4
            ),
            platforms: [
                PlatformReadiness(
                    id: "apple",
                    name: "Apple Books",
                    enabled: true,
                    requirements: [
                        Requirement(id: "title", met: true),
                        Requirement(id: "audio", details: "4 chapters missing audio"), Requirement(id: "cover"),
                    ]
                ),
                PlatformReadiness(id: "google", name: "Google Play Books", ready: true),
            ]
        )
        #expect(
            ReadinessCommand.lines(readiness) == [
                "380 of 450 segments and 8 of 12 chapters have audio (84.4%)",
                "apple  not ready", "  audio: 4 chapters missing audio", "  cover: not met",
                "google  ready, not enabled",
            ]
        )
    }

    @Test("a validation report prints each issue with its chapters, and the measured values")
    func validation() {
        let report = ValidationReport(
            issues: [
                ValidationIssue(
                    severity: "error",
                    category: "audio_quality",
                    message: "RMS level too low for ACX requirements",
                    details: "Average RMS: -25.3dB, Required: -23dB to -18dB",
                    affectedChapters: [1, 3, 7]
                )
            ],
            specs: MeasuredSpecs(
                fileSizeMB: 189.2,
                totalDurationSeconds: 14_523,
                audioCodec: "mp3",
                bitrate: "192k",
                sampleRate: 44_100,
                channels: 1,
                peakLevel: -3.2,
                averageRMS: -25.3,
                noiseFloor: -62.1
            )
        )
        #expect(
            ValidateCommand.lines(report) == [
                "not valid", "error: RMS level too low for ACX requirements (chapters 1, 3, 7)",
                "  Average RMS: -25.3dB, Required: -23dB to -18dB",
                "mp3 192k, 44100 Hz, 1 channel, 4:02:03, 189.2 MB",
                "peak -3.2 dB, RMS -25.3 dB, noise floor -62.1 dB",
            ]
        )
    }

    @Test("one chapter is a chapter, several are chapters")
    func oneChapter() {
        let report = ValidationReport(
            issues: [[2], [2, 4], []].map {
                ValidationIssue(severity: "error", message: "too loud", affectedChapters: $0)
            }
        )
        #expect(
            ValidateCommand.lines(report).dropFirst() == [
                "error: too loud (chapter 2)", "error: too loud (chapters 2, 4)", "error: too loud",
            ]
        )
    }

    @Test("a plan prints its files, and what the platform would refuse")
    func plan() {
        let plan = PackagePlan(
            platformID: "google",
            fileName: "a.zip",
            sizeBytes: 12_345_678,
            sizeIsExact: true,
            durationSeconds: 385,
            files: [PlannedFile(name: "01 One.mp3", sizeBytes: 6_000_000, durationSeconds: 187)],
            rejections: ["the cover is smaller than 3000 × 3000"]
        )
        #expect(
            PlanCommand.lines(plan) == [
                "google  a.zip  12.3 MB  6:25", "  would be refused: the cover is smaller than 3000 × 3000",
                "  01 One.mp3  6.0 MB  3:07",
            ]
        )
    }

    @Test("planned changes are told in 80 columns: what concerns every chapter once, and the rest below its chapter")
    func changes() {
        let rate = "the bit rate is 192k by the rules for Google Play Books of 2025-12-23, and was 256k"
        var chapters: [ChapterChange] = (1...10).map { number in
            ChapterChange(number: number, title: "Chapter \(number)", action: .encode, reasons: [rate])
        }
        chapters[1].action = .copy
        chapters[1].reasons = []
        chapters[2].title = String(repeating: "long ", count: 20)
        chapters[2].reasons.insert("segment 3 has other audio", at: 0)
        let changes = PlannedChanges(action: .encode, reasons: [rate], chapters: chapters)
        let layout = Table.Layout(width: 80, isUnicode: true)
        let lines = PlanCommand.changeLines(PackagePlan(platformID: "google", changes: changes), layout: layout)
            .flatMap { $0.wrapped(to: 80) }
        #expect(
            lines.prefix(7) == [
                "google  new version: 9 chapters encoded, 1 copied",
                "  the bit rate is 192k by the rules for Google Play Books of 2025-12-23, and was",
                "    256k", "   1  encode  Chapter 1", "   2  copy    Chapter 2",
                "   3  encode  long long long long long long long long long long long long long …",
                "                segment 3 has other audio",
            ]
        )
        #expect(lines.last == "  10  encode  Chapter 10")
        let left = PlannedChanges(action: .leave, packageID: "5f0c9a52-6c1e-4f7a-9d0b-3f6f2f1f8f11")
        #expect(
            PlanCommand.changeLines(PackagePlan(platformID: "spotify", changes: left)) == [
                "spotify  is up to date: package 5f0c9a52-6c1e-4f7a-9d0b-3f6f2f1f8f11"
            ]
        )
        let copied = PlannedChanges(action: .copy, chapters: [ChapterChange(number: 1, title: "One", action: .copy)])
        #expect(
            PlanCommand.changeLines(PackagePlan(platformID: "acx", changes: copied))[0]
                == "acx  new version: nothing to encode, 1 chapter copied"
        )
        #expect(PlanCommand.changeLines(PackagePlan(platformID: "acx")) == ["acx  this daemon cannot tell it"])
    }

    @Test("the current package of each platform is taken, and a platform without one is named")
    func current() {
        let choice = CurrentPackages(
            of: [("4", "acx"), ("3", "kobo"), ("2", "apple"), ("1", "kobo")].map {
                Package(id: $0.0, platformID: $0.1, current: ["1", "2"].contains($0.0))
            }
        )
        #expect(choice.packages.map(\.id) == ["2", "1"])
        #expect(choice.missing == ["acx"])
        #expect(CurrentPackages(of: []).complaint(project: "p") == nil)
        #expect(
            CurrentPackages(of: ["kobo", "acx", "apple"].map { Package(platformID: $0) }).complaint(project: "p")?.lines
                == [
                    "packctl: project \"p\" has packages of acx, apple and kobo, but no current one",
                    "detail: The current one was deleted or has expired, and another version may have other content.",
                    "hint: Make it with \"packctl create p --platform acx --platform apple --platform kobo\".",
                ]
        )
    }
}
