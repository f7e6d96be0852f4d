import Foundation
import PackagingClient
import PackagingMessages
import Testing

import struct Model.PackagingError

@testable import PackctlCommands

@Suite("Errors as JSON")
struct ErrorJSONTests {
    /// The one object that a command writes to standard error.
    private func error(_ outcome: Outcome) throws -> [String: Any] {
        #expect(outcome.err.hasSuffix("}\n") && outcome.err.split(separator: "\n").count == 1, "\(outcome.err)")
        let object = try JSONSerialization.jsonObject(with: Data(outcome.err.utf8)) as? [String: Any]
        let error = try #require(object)
        #expect(error["exitCode"] as? Int == Int(outcome.status.rawValue))
        for key in ["code", "reason", "message"] { #expect(error[key] is String, "\(key)") }
        #expect(error["details"] is [[String: Any]])
        return error
    }

    @Test(
        "a wrong command line is an object with the code USAGE, wherever --json stands",
        arguments: [
            ["--json", "nope"], ["jobs", "--json"], ["--json", "jobs", "p", "--nope"], ["tenant", "nope", "--json"],
            ["create", "p", "--platform", "googel", "--json"], ["--json", "health", "--token-file", "/nonexistent"],
            ["watch", "j", "--after", "x", "--json"], ["tenant", "add", "t", "--quota", "much", "--json"],
        ]
    )
    func usage(_ arguments: [String]) async throws {
        let outcome = await packctl(arguments)
        #expect(try error(outcome)["code"] as? String == "USAGE")
        #expect(outcome.status == .usage)
        #expect(outcome.out.isEmpty)
    }

    @Test("after --, the word --json is an argument like any other")
    func afterTerminator() async {
        #expect(await packctl("nope", "--", "--json").err.hasPrefix("packctl: "))
    }

    @Test("an error of the daemon has its code in gRPC's words, its reason, and the call's id for the daemon's log")
    func fromDaemon() async throws {
        let daemon = ScriptedDaemon {
            $0.failure = PackagingError(
                .resourceExhausted,
                "the plan allows 5 jobs an hour",
                reason: "JOBS_PER_HOUR",
                detail: "5 were started.",
                hint: "Wait.",
                metadata: ["tenant": "t"],
                retryAfter: .seconds(90)
            )
        }
        let outcome = try await daemon.serve { await packctl("create", "p", "--json", "--address", $0) }
        let error = try error(outcome)
        #expect(error["code"] as? String == "RESOURCE_EXHAUSTED")
        #expect(error["reason"] as? String == "JOBS_PER_HOUR")
        #expect(error["message"] as? String == "the plan allows 5 jobs an hour")
        #expect(error["detail"] as? String == "5 were started.")
        #expect(error["hint"] as? String == "Wait.")
        #expect((error["callId"] as? String)?.isEmpty == false)
        #expect((error["metadata"] as? [String: String])?["tenant"] == "t")
        #expect(error["retryAfterSeconds"] as? Int == 90)
        #expect(outcome.status == .refused)
    }

    @Test("each wrong field is one of the details")
    func fields() throws {
        let fields = [
            PackagingError.FieldViolation(field: "page_size", description: "is negative"),
            PackagingError.FieldViolation(field: "chapters[3].title", description: "is empty"),
        ]
        let complaint = Complaint(PackagingError(.invalidArgument, "cannot list", fields: fields))
        let object = try JSONSerialization.jsonObject(with: Data(complaint.json.utf8)) as? [String: Any]
        let details = try #require(object?["details"] as? [[String: String]])
        #expect(
            details == [
                ["field": "page_size", "message": "page_size is negative"],
                ["field": "chapters[3].title", "message": "chapters[3].title is empty"],
            ]
        )
    }

    @Test("every code of gRPC has a word")
    func codes() {
        let words = PackagingError.Code.allCases.map(\.wireName)
        #expect(Set(words).count == PackagingError.Code.allCases.count)
        for (code, word) in zip(PackagingError.Code.allCases, words) {
            let letters = word.lowercased().filter { $0 != "_" }
            #expect(letters == "\(code)".lowercased().filter(\.isLetter), "\(word)")
        }
    }

    @Test("the problems of a book are details with file and line; a missing daemon and a missing file have their codes")
    func local() async throws {
        try await withFolder(["book.yaml": "titel: A\nauthors: [B]\n"]) { folder in
            let book = try error(await packctl("import", folder, "--json", "--address", "/nonexistent/d.sock"))
            #expect(book["code"] as? String == "BOOK_INVALID")
            let first = try #require((book["details"] as? [[String: Any]])?.first)
            #expect(first["file"] as? String == folder + "/book.yaml")
            #expect(first["line"] as? Int == 1)
            #expect(first["message"] as? String == "unknown key \"titel\"")
            #expect(first["hint"] as? String == "Did you mean \"title\"?")
        }
        let missing = try error(await packctl("import", "/nonexistent", "--json"))
        #expect(missing["code"] as? String == "NOT_FOUND")
        let unreachable = try error(await packctl("health", "--json", "--address", "/nonexistent/d.sock"))
        #expect(unreachable["code"] as? String == "UNAVAILABLE")
    }

    @Test("refused platforms are details of the one error, and no text is written beside it")
    func refusedPlatforms() async throws {
        let daemon = ScriptedDaemon {
            $0.create = CreateAllReply(
                message: "no platform is ready",
                refused: [RefusedPlatform(platformID: "google", reasons: ["no cover", "no audio"])]
            )
        }
        let outcome = try await daemon.serve { await packctl("create", "p", "--json", "--address", $0) }
        let error = try error(outcome)
        #expect(error["code"] as? String == "NOT_READY")
        let details = try #require(error["details"] as? [[String: String]])
        #expect(details.map { $0["message"] } == ["no cover", "no audio"])
        #expect(details.allSatisfy { $0["platform"] == "google" })
    }

    @Test("hints, losses and refusals that are no errors are not written with --json or --quiet")
    func silence() async throws {
        let daemon = ScriptedDaemon {
            $0.create = CreateAllReply(
                batchID: "b1",
                jobIDs: ["google": "j1"],
                message: "started",
                refused: [RefusedPlatform(platformID: "kobo", reasons: ["no text"])]
            )
            $0.events = [
                JobEvent(sequence: 1, jobID: "j1", platformID: "google", status: .completed, progressPercent: 100)
            ]
        }
        try await daemon.serve { address in
            let loud = await packctl("create", "p", "--address", address)
            #expect(loud.err == "packctl: kobo: no text\nhint: Follow them with \"packctl watch b1\".\n")
            for option in ["--json", "--quiet", "-q"] {
                let outcome = await packctl("create", "p", option, "--address", address)
                #expect(outcome.err.isEmpty, "\(option): \(outcome.err)")
                #expect(outcome.status == .partial)
                #expect(!outcome.out.isEmpty)
            }
            let leading = await packctl("-q", "create", "p", "--watch", "--address", address)
            #expect(leading.err.isEmpty)
            #expect(leading.out.contains("google  completed"))
            let error = await packctl("-q", "job", "j9", "--address", address)
            #expect(error.err == "packctl: job \"j9\" does not exist\n")
        }
    }
}
