import Foundation
import PackagingMessages
import Protobuf
import Testing

@testable import PackctlCommands

/// What a user sees, from fixed messages, in a usual and in a narrow window.
@Suite("Screens")
struct ScreenTests {
    private static let now = Date(timeIntervalSince1970: 1_766_489_400)
    private static let platforms = ["apple", "google", "spotify", "acx", "kobo"]

    @Test("create --watch, packages, projects, jobs, readiness and validate match their records", arguments: [80, 40])
    func screens(_ columns: Int) throws {
        let layout = Table.Layout(width: columns, isUnicode: true)
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
        let time = TimeText(now: Self.now, calendar: calendar)
        let screens: [(String, [String])] = [
            ("create", Self.create(time, layout, columns)),
            ("packages", PackagesCommand.lines(Self.packages, quota: Self.quota, time: time, layout: layout)),
            ("projects", ProjectsCommand.lines(Self.projects, time: time, layout: layout)),
            ("jobs", JobsCommand.lines(Self.jobs, time: time, layout: layout)),
            ("readiness", ReadinessCommand.lines(Self.readiness)),
            ("validate", ValidateCommand.lines(Self.report)),
        ]
        for (name, lines) in screens {
            try expectSnapshot(lines.map { $0 + "\n" }.joined(), "screens/\(name)-\(columns).txt")
            // Only lines of text are left to the terminal to break; tables and bars are not.
            if !["readiness", "validate"].contains(name) {
                let wide = lines.filter { $0.displayWidth > columns && !$0.contains(": ") && !$0.hasPrefix("  ") }
                #expect(wide.isEmpty, "\(name): \(wide)")
            }
        }
    }

    /// The bars in the middle of a batch, and what stands below them at its end.
    private static func create(_ time: TimeText, _ layout: Table.Layout, _ columns: Int) -> [String] {
        var board = JobBoard(jobIDs: Dictionary(uniqueKeysWithValues: platforms.map { ($0, "job-" + $0) }))
        let steps: [(JobStatus, Int32, String)] = [
            (.processing, 55, "encoding chapter 5 of 12 \"The Knot Keeper's Daughter\""),
            (.processing, 3, "encoding chapter 1 of 12 \"ספר הקשרים\""), (.downloadingAudio, 1, "fetching audio"),
            (.queued, 0, "waiting: the disk for packages is full"), (.completed, 100, ""),
        ]
        for (index, step) in steps.enumerated() {
            var event = event(Int64(index) + 1, platforms[index], step.0, step.1)
            event.currentStep = step.2
            if step.0 == .completed { event.packageID = packages[0].id }
            if index < 2 { event.estimatedCompletionAt = at(80) }
            board.apply(event)
        }
        let bars = BarLine(time: time).lines(board, width: columns - 1)
        for (index, platform) in platforms.enumerated() where index < 3 {
            var event = event(10 + Int64(index), platform, .completed, 100)
            event.packageID = packages[index + 1].id
            board.apply(event)
        }
        var failure = event(20, "acx", .failed, 100)
        failure.errorMessage = "chapter 3 is too loud for ACX"
        board.apply(failure)
        return bars + Watcher.lines(board, packages: packages, validated: true, layout: layout)
    }

    private static func event(
        _ sequence: Int64,
        _ platform: String,
        _ status: JobStatus,
        _ percent: Int32
    ) -> JobEvent {
        JobEvent(
            sequence: sequence,
            jobID: "job-" + platform,
            platformID: platform,
            status: status,
            progressPercent: percent,
            attempt: 1
        )
    }

    private static let packages: [Package] = [
        package(0, "kobo", .validationPassed(true)), package(1, "apple", .validationPassed(true)),
        package(2, "google", .validationPassed(false)), package(3, "spotify", nil),
        package(4, "acx", .validationPassed(true)),
    ]

    /// The last one is an archived one with a long number.
    private static func package(_ index: Int, _ platform: String, _ validation: Package.Validation?) -> Package {
        let isArchived = index == 4
        var package = Package(id: "5f0c9a52-6c1e-4f7a-9d0b-3f6f2f1f8f1\(index)", platformID: platform)
        package.version = isArchived ? 12 : Int32(index) + 1
        package.fileSizeBytes = 123_400_000 * (Int64(index) + 1)
        package.durationSeconds = 3600 * Double(index) + 61
        package.storageTier = isArchived ? .archive : .temp
        package.createdAt = at(-3600 * (Int64(index) + 1))
        package.expiresAt = at(isArchived ? 89 * 86_400 : 82_800)
        package.validation = validation
        package.current = !isArchived
        return package
    }

    private static let quota = StorageQuota(used: 1500.5, limit: 50_000, unit: "MB")

    private static let projects: [Project] = [
        ("the-knot-keeper", "The Knot Keeper"),
        ("a-very-long-title", "A Very Long Title of a Book That Goes On"),
        ("sefer", "ספר הקשרים"), ("monogatari", "物語の本"),
    ].map { slug, title in
        Project(
            slug: slug,
            metadata: BookMetadata(title: title),
            totalChapters: 12,
            totalSegments: 450,
            segmentsWithAudio: 380,
            audioSeconds: 41_025,
            updatedAt: at(-86_400)
        )
    }

    private static let jobs = [
        Job(
            id: "2b0c7a4e-54b7-4d0f-8c9a-6a3a7d1f0e21",
            platformID: "spotify",
            status: .downloadingAudio,
            progressPercent: 4,
            currentStep: "fetching audio, 12 of 450 segments",
            createdAt: at(-120)
        ),
        Job(
            id: "2b0c7a4e-54b7-4d0f-8c9a-6a3a7d1f0e22",
            platformID: "acx",
            status: .failed,
            progressPercent: 60,
            errorMessage: "chapter 3 \"The Sea\" of project \"the-knot-keeper\" is too loud for ACX",
            createdAt: at(-7200)
        ),
        Job(
            id: "2b0c7a4e-54b7-4d0f-8c9a-6a3a7d1f0e23",
            platformID: "kobo",
            status: .completed,
            progressPercent: 100,
            createdAt: at(-7200)
        ),
    ]

    private static let readiness = Readiness(
        completionStats: CompletionStats(
            totalChapters: 12,
            chaptersWithCompleteAudio: 8,
            totalSegments: 450,
            segmentsWithAudio: 380,
            percentComplete: 84.4
        ),
        platforms: platforms.map { name in
            PlatformReadiness(
                id: name,
                enabled: name != "acx",
                ready: name == "spotify",
                requirements: name == "spotify"
                    ? [] : [Requirement(id: "audio", details: "4 chapters missing audio"), Requirement(id: "cover")]
            )
        }
    )

    private static let report = ValidationReport(
        issues: [
            ValidationIssue(
                severity: "error",
                category: "audio_quality",
                message: "RMS level too low for ACX requirements",
                details: "Average RMS: -25.3dB, Required: -23dB to -18dB",
                affectedChapters: [3]
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

    private static func at(_ seconds: Int64) -> ProtoTimestamp {
        ProtoTimestamp(seconds: Int64(now.timeIntervalSince1970) + seconds)
    }
}
