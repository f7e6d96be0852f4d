import PackagingMessages
import Protobuf
import Testing

@Suite("JSON")
struct JSONTests {
    @Test("readiness in JSON lists the requirements of each platform, with the values as bare texts and numbers")
    func readiness() {
        let readiness = Readiness(
            overallReady: false,
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
                    ready: false,
                    requirements: [
                        Requirement(id: "title", met: true),
                        Requirement(id: "audio", met: false, details: "4 chapters missing audio"),
                        Requirement(
                            id: "audio_bitrate",
                            met: true,
                            expected: Scalar(value: .text("128k")),
                            actual: Scalar(value: .text("128k"))
                        ),
                        Requirement(
                            id: "audio_samplerate",
                            met: true,
                            expected: Scalar(value: .number(44100)),
                            actual: Scalar(value: .number(44100))
                        ),
                    ]
                )
            ],
            missingAudio: MissingAudio(chapterIDs: ["c1", "c2"], segmentIDs: [])
        )
        #expect(
            readiness.json == """
                {"overallReady":false,"completionStats":{"totalChapters":12,"chaptersWithCompleteAudio":8,\
                "totalSegments":450,"segmentsWithAudio":380,"percentComplete":84.4},"platforms":[{"id":"apple",\
                "name":"Apple Books","enabled":true,"ready":false,"requirements":[{"id":"title","met":true},\
                {"id":"audio","met":false,"details":"4 chapters missing audio"},{"id":"audio_bitrate","met":true,\
                "expected":"128k","actual":"128k"},{"id":"audio_samplerate","met":true,"expected":44100,"actual":44100}\
                ]}],"missingAudio":{"chapterIds":["c1","c2"],"segmentIds":[]}}
                """
        )
    }

    @Test("a job has its status as a word and its times by RFC 3339")
    func job() {
        let job = Job(
            id: "job-uuid-1",
            platformID: "apple",
            status: .processing,
            progressPercent: 45,
            currentStep: "Encoding chapter 5 of 12 to AAC",
            createdAt: ProtoTimestamp(seconds: 1_766_485_800),
            startedAt: ProtoTimestamp(seconds: 1_766_485_805),
            lastSequence: 1 << 53
        )
        #expect(
            job.json == """
                {"id":"job-uuid-1","platformId":"apple","status":"processing","progressPercent":45,\
                "currentStep":"Encoding chapter 5 of 12 to AAC","attempt":0,"createdAt":"2025-12-23T10:30:00Z",\
                "startedAt":"2025-12-23T10:30:05Z","lastSequence":9007199254740992}
                """
        )
    }

    @Test("the jobs of a batch are an object by platform, in the order of its keys")
    func createAll() {
        let reply = CreateAllReply(
            jobIDs: ["spotify": "job-uuid-3", "apple": "job-uuid-1", "google": "job-uuid-2"],
            message: "Packaging jobs created for 3 platforms"
        )
        #expect(
            reply.json == """
                {"jobIds":{"apple":"job-uuid-1","google":"job-uuid-2","spotify":"job-uuid-3"},\
                "message":"Packaging jobs created for 3 platforms","refused":[],"existing":false}
                """
        )
    }

    @Test("a list of packages in JSON has the facts of each package, and the quota as an object beside the list")
    func packages() {
        let reply = ListPackagesReply(
            packages: [
                Package(
                    id: "pkg-uuid-1",
                    platformID: "apple",
                    format: "m4b",
                    version: 1,
                    storageTier: .archive,
                    fileSizeBytes: 156_789_012,
                    downloadURL: "https://blob/…",
                    isValidated: true,
                    validation: .validationPassed(true),
                    createdAt: ProtoTimestamp(seconds: 1_766_486_100),
                    sameAsPackageID: "pkg-uuid-3"
                )
            ],
            storageQuota: StorageQuota(used: 345.6, limit: 1000, unit: "MB")
        )
        #expect(
            reply.json == """
                {"packages":[{"id":"pkg-uuid-1","platformId":"apple","format":"m4b","version":1,\
                "storageTier":"archive","fileSizeBytes":156789012,"downloadUrl":"https://blob/…","isValidated":true,\
                "validationPassed":true,"createdAt":"2025-12-23T10:35:00Z","sameAsPackageId":"pkg-uuid-3",\
                "durationSeconds":0,"current":false}],"storageQuota":{"used":345.6,"limit":1000,"unit":"MB"}}
                """
        )
    }

    @Test("a package that was not validated has no field about passing")
    func notValidated() {
        #expect(!Package(isValidated: false).json.contains("validationPassed"))
        #expect(Package(validation: .validationPassed(false)).json.contains("\"validationPassed\":false"))
    }

    @Test("a validation report in JSON lists the issues with their chapters, and the measured values as one object")
    func validation() {
        let report = ValidationReport(
            valid: false,
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
                fileSizeMB: 156.8,
                totalDurationSeconds: 36_000,
                audioCodec: "mp3",
                bitrate: "192k",
                sampleRate: 44_100,
                channels: 1,
                peakLevel: -3.2,
                averageRMS: -25.3,
                noiseFloor: -65
            )
        )
        #expect(
            report.json == """
                {"valid":false,"issues":[{"severity":"error","category":"audio_quality",\
                "message":"RMS level too low for ACX requirements",\
                "details":"Average RMS: -25.3dB, Required: -23dB to -18dB","affectedChapters":[1,3,7]}],\
                "specs":{"fileSizeMB":156.8,"totalDurationSeconds":36000,"audioCodec":"mp3","bitrate":"192k",\
                "sampleRate":44100,"channels":1,"peakLevel":-3.2,"averageRMS":-25.3,"noiseFloor":-65}}
                """
        )
    }

    @Test("text is escaped only where JSON demands it")
    func escapes() {
        #expect(GetJobRequest(jobID: "\"\\\n\r\t\u{1}\u{1f}é/").json == #"{"jobId":"\"\\\n\r\t\u0001\u001fé/"}"#)
    }

    @Test("no number is written that JSON does not have")
    func notFinite() {
        #expect(StorageQuota(used: .nan, limit: .infinity).json == "{}")
        #expect(Scalar(value: .number(-.infinity)).json == "null")
        #expect(Scalar().json == "null")
        #expect(Scalar(value: .number(-0.1)).json == "-0.1")
        #expect(Scalar(value: .number(1e300)).json == "1e+300")
    }

    @Test("an enum value that this build does not know is written as its number, and an unspecified one is left out")
    func enums() {
        #expect(ArchiveReply(storageTier: .unrecognized(9)).json == #"{"storageTier":9}"#)
        #expect(ArchiveReply().json == "{}")
        #expect(HealthCheckResponse(status: .notServing).json == #"{"status":"not_serving"}"#)
        #expect(HealthCheckResponse().json == #"{"status":"unknown"}"#)
    }

    @Test(
        "times are right on every side of a leap day and of 1970",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"), (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"), (4_107_542_400, "2100-03-01T00:00:00Z"),
            (-62_135_596_800, "0001-01-01T00:00:00Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] as [(Int64, String)]
    )
    func times(seconds: Int64, text: String) {
        #expect(ProtoTimestamp(seconds: seconds).json == "\"\(text)\"")
    }

    @Test("a time outside every calendar is still written")
    func hostileTimes() {
        #expect(ProtoTimestamp(seconds: .max, nanos: .max).json.hasSuffix("Z\""))
        #expect(ProtoTimestamp(seconds: .min, nanos: .min).json.hasSuffix("Z\""))
        #expect(ProtoDuration(seconds: .min, nanos: .min).json.hasSuffix("s\""))
    }

    @Test("fractions of a second have three, six or nine digits")
    func fractions() {
        #expect(ProtoTimestamp(seconds: 0, nanos: 500_000_000).json == "\"1970-01-01T00:00:00.500Z\"")
        #expect(ProtoTimestamp(seconds: 0, nanos: 1_000).json == "\"1970-01-01T00:00:00.000001Z\"")
        #expect(ProtoTimestamp(seconds: 0, nanos: 1).json == "\"1970-01-01T00:00:00.000000001Z\"")
        #expect(ProtoDuration(seconds: -1, nanos: -250_000_000).json == "\"-1.250s\"")
    }

    @Test(
        "bytes are Base64 with padding",
        arguments: [("", "{}"), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")]
    )
    func bytes(text: String, base64: String) {
        let json = DownloadChunk(data: Array(text.utf8)).json
        #expect(text.isEmpty ? !json.contains("data") : json.contains("\"data\":\"\(base64)\""))
    }
}
