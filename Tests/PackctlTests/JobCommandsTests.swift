import Foundation
import PackagingMessages
import Testing

@testable import PackctlCommands

@Suite("packctl create and watch")
struct JobCommandsTests {
    private let story = [
        JobEvent(
            sequence: 3,
            jobID: "j1",
            platformID: "google",
            status: .processing,
            progressPercent: 5,
            currentStep: "Planning"
        ),
        JobEvent(
            sequence: 4,
            jobID: "j2",
            platformID: "kobo",
            status: .processing,
            progressPercent: 5,
            currentStep: "Planning"
        ),
        JobEvent(
            sequence: 5,
            jobID: "j1",
            platformID: "google",
            status: .processing,
            progressPercent: 7,
            currentStep: "Planning"
        ),
        JobEvent(
            sequence: 7,
            jobID: "j2",
            platformID: "kobo",
            status: .failed,
            progressPercent: 5,
            errorMessage: "no text"
        ),
        JobEvent(
            sequence: 9,
            jobID: "j1",
            platformID: "google",
            status: .completed,
            progressPercent: 100,
            packageID: "k1"
        ),
    ]

    @Test("a watch that is cut off continues after the last event that it saw, and says so")
    func resumes() async throws {
        let daemon = ScriptedDaemon {
            $0.events = story
            $0.watchBreaks = [4, 5]
        }
        let outcome = try await daemon.serve { await packctl("watch", "b1", "--address", $0) }
        #expect(daemon[\.watchedAfter] == [0, 4, 5])
        #expect(outcome.status == .partial)
        #expect(
            outcome.err == """
                google: 5%, Planning
                kobo: 5%, Planning
                packctl: lost the daemon (this daemon is stopping); trying again
                packctl: the daemon is back
                packctl: lost the daemon (this daemon is stopping); trying again
                packctl: the daemon is back
                kobo: failed: no text
                google: completed

                """
        )
        #expect(outcome.out == "google  completed  package k1\nkobo  failed: no text\n")
    }

    @Test("with --json a watch prints one event to a line, from the requested sequence")
    func eventsAsJSON() async throws {
        let daemon = ScriptedDaemon { $0.events = story }
        let outcome = try await daemon.serve { await packctl("--json", "--address", $0, "watch", "b1", "--after", "7") }
        #expect(outcome.status == .done)
        #expect(
            outcome.out == """
                {"sequence":9,"jobId":"j1","platformId":"google","status":"completed","progressPercent":100,\
                "packageId":"k1","compacted":false,"attempt":0}

                """
        )
    }

    @Test("where earlier steps were removed, a watch says so once, shows the present state, and goes on from there")
    func compacted() async throws {
        let daemon = ScriptedDaemon {
            $0.events = story
            for index in 0..<2 { $0.events[index].compacted = true }
        }
        let outcome = try await daemon.serve { await packctl("watch", "b1", "--address", $0) }
        #expect(outcome.status == .partial)
        #expect(
            outcome.err == """
                packctl: earlier steps were removed, because they are kept for a limited time; this is the present state
                google: 5%, Planning
                kobo: 5%, Planning
                kobo: failed: no text
                google: completed

                """
        )
        let lines = try await daemon.serve { await packctl("--json", "watch", "b1", "--address", $0) }
        let marked = lines.out.split(separator: "\n").map { $0.contains("\"compacted\":true") }
        #expect(marked == [true, true, false, false, false])
    }

    @Test("create --watch ends with a table of the packages, and with 7 if a platform failed")
    func createWatched() async throws {
        let daemon = ScriptedDaemon {
            $0.events = story
            $0.create = CreateAllReply(
                batchID: "b1",
                jobIDs: ["google": "j1", "kobo": "j2"],
                message: "Packaging jobs created for 2 platforms"
            )
            $0.packages = [
                Package(
                    id: "k1",
                    platformID: "google",
                    format: "zip_mp3",
                    version: 3,
                    fileSizeBytes: 12_345_678,
                    durationSeconds: 185
                )
            ]
        }
        let outcome = try await daemon.serve { await packctl("create", "p", "--watch", "--address", $0) }
        #expect(outcome.status == .partial)
        #expect(
            outcome.out == """
                PLATFORM  VERSION     SIZE  LENGTH  PACKAGE
                google          3  12.3 MB    3:05  k1
                kobo  failed: no text

                """
        )
        #expect(outcome.err.hasPrefix("Packaging jobs created for 2 platforms\ngoogle: 5%, Planning\n"))
    }

    @Test("create --validate --watch tells which packages are valid")
    func createValidated() async throws {
        let daemon = ScriptedDaemon {
            $0.events = story
            $0.create = CreateAllReply(batchID: "b1", jobIDs: ["google": "j1", "kobo": "j2"], message: "2 jobs")
            $0.packages = [
                Package(id: "k1", platformID: "google", version: 3, validation: .validationPassed(false))
            ]
        }
        let outcome = try await daemon.serve { await packctl("create", "p", "--validate", "--watch", "--address", $0) }
        #expect(
            outcome.out == """
                PLATFORM  VERSION     SIZE  LENGTH  VALID  PACKAGE
                google          3  0 bytes    0:00  no     k1
                kobo  failed: no text

                """
        )
    }

    @Test("cancel says what it did to each job: a running one stops in a moment, and an ended one stays")
    func cancels() async throws {
        let daemon = ScriptedDaemon {
            $0.jobs = [(JobStatus.processing, "acx"), (.cancelled, "apple"), (.completed, "google"), (.failed, "kobo")]
                .map { Job(id: "j-" + $0.1, platformID: $0.1, status: $0.0) }
        }
        let outcome = try await daemon.serve { await packctl("cancel", "b1", "--address", $0) }
        #expect(
            outcome.out == """
                acx  cancelling  j-acx
                apple  cancelled  j-apple
                google  completed already  j-google
                kobo  failed already  j-kobo

                """
        )
    }

    @Test("a reason that several platforms have is given once, with the platforms that it holds for")
    func sharedReasons() async throws {
        let daemon = ScriptedDaemon {
            $0.create = CreateAllReply(
                batchID: "b1",
                jobIDs: ["spotify": "j1"],
                message: "started",
                refused: [
                    RefusedPlatform(platformID: "apple", reasons: ["no narrator", "no cover"]),
                    RefusedPlatform(platformID: "google", reasons: ["no narrator", "no cover"]),
                    RefusedPlatform(platformID: "kobo", reasons: ["no narrator", "no cover", "no text"]),
                ]
            )
        }
        let outcome = try await daemon.serve { await packctl("create", "p", "--address", $0) }
        #expect(
            outcome.err == """
                packctl: apple, google, kobo: no narrator; no cover
                packctl: kobo: no text
                hint: Follow them with "packctl watch b1".

                """
        )
    }

    @Test("create exits with 5 if it could start nothing, and prints each platform's reasons")
    func notReady() async throws {
        let daemon = ScriptedDaemon {
            $0.create = CreateAllReply(
                message: "no platform is ready",
                refused: [RefusedPlatform(platformID: "google", reasons: ["no cover"])]
            )
        }
        let outcome = try await daemon.serve { await packctl("create", "p", "--address", $0) }
        #expect(outcome.status == .notReady)
        #expect(
            outcome.err == """
                packctl: google: no cover
                packctl: could not start packaging project "p": no platform is ready
                hint: See what is missing with "packctl readiness p".

                """
        )
    }

    @Test("create without --watch prints the jobs and how to follow them")
    func created() async throws {
        let daemon = ScriptedDaemon {
            $0.create = CreateAllReply(
                batchID: "b1",
                jobIDs: ["google": "j1"],
                message: "Packaging jobs created for 1 platform"
            )
        }
        let outcome = try await daemon.serve { await packctl("create", "p", "--address", $0) }
        #expect(outcome.status == .done)
        #expect(outcome.out == "Packaging jobs created for 1 platform\ngoogle  j1\n")
        #expect(outcome.err == "hint: Follow them with \"packctl watch b1\".\n")
    }

    @Test("lists are printed as tables for people and as the reply for scripts")
    func lists() async throws {
        let daemon = ScriptedDaemon {
            $0.jobs = [
                Job(
                    id: "j1",
                    platformID: "google",
                    status: .downloadingAudio,
                    progressPercent: 4,
                    currentStep: "Fetching"
                )
            ]
        }
        try await daemon.serve { address in
            #expect(
                await packctl("jobs", "p", "--address", address).out == """
                    PLATFORM  STATUS             DONE  CREATED  JOB  WHAT
                    google    downloading audio    4%  -        j1   Fetching

                    """
            )
            #expect(
                await packctl("job", "j1", "--json", "--address", address).out == """
                    {"id":"j1","platformId":"google","status":"downloading_audio","progressPercent":4,\
                    "currentStep":"Fetching","attempt":0,"lastSequence":0}

                    """
            )
            let missing = await packctl("job", "j9", "--address", address)
            #expect(missing.status == .notFound)
            #expect(missing.err == "packctl: job \"j9\" does not exist\n")
            #expect(
                await packctl("packages", "p", "--json", "--address", address).out
                    == "{\"packages\":[],\"storageQuota\":{\"used\":1.5,\"limit\":1000,\"unit\":\"MB\"}}\n"
            )
            #expect(await packctl("health", "--address", address).out == "serving\n")
        }
    }
}
