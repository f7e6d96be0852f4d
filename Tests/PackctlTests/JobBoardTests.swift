import Foundation
import PackagingMessages
import Protobuf
import Testing

@testable import PackctlCommands

@Suite("Bars of jobs")
struct JobBoardTests {
    @Test("a line fits the terminal: in a narrow one the remaining time is left out, then the bar")
    func widths() {
        #expect(
            lines(100) == [
                "apple   █████████████░░░░░░░░░░░░   55%  Encoding chapter 5 of 12 to AAC                   1:20 left",
                "google  █████████████████████████  100%  completed",
                "kobo    ██░░░░░░░░░░░░░░░░░░░░░░░   10%  failed: chapter \"Nine Hundred and One\" of project \"dune\" c…",
            ]
        )
        #expect(
            lines(60) == [
                "apple   ████████░░░░░░░   55%  Encoding chapter …  1:20 left",
                "google  ███████████████  100%  completed",
                "kobo    █░░░░░░░░░░░░░░   10%  failed: chapter \"Nine Hundre…",
            ]
        )
        #expect(
            lines(40) == [
                "apple   █████░░░░░   55%  Encoding chap…",
                "google  ██████████  100%  completed",
                "kobo    █░░░░░░░░░   10%  failed: chapt…",
            ]
        )
        #expect(lines(20) == ["apple    55%  Encod…", "google  100%  compl…", "kobo     10%  faile…"])
    }

    @Test("no line is wider than requested, at any width", arguments: 10...200)
    func neverWider(_ width: Int) {
        #expect(lines(width).allSatisfy { $0.displayWidth <= width })
    }

    @Test("without Unicode bars are drawn in ASCII")
    func ascii() {
        let line = BarLine(style: .ascii, time: TimeText(now: now)).lines(board, width: 60)[0]
        #expect(line.hasPrefix("apple   ########-------   55%"))
    }

    @Test("new states, new steps and every ten percent are printed if the line changes, and other events are not")
    func news() {
        var board = JobBoard(jobIDs: ["google": "j"])
        let events = [
            event(1, .processing, 1, "one"), event(2, .processing, 9, "one"), event(3, .processing, 10, "one"),
            event(4, .processing, 10, "two"), event(5, .uploading, 10, "two"), event(6, .uploading, 10, ""),
        ]
        let isNews = events.map { board.apply($0) }
        #expect(isNews == [true, false, true, true, false, true])
        #expect(board.lastSequence == 6)
        #expect(board.row(of: "j")?.plainLine == "google: 10%, uploading")
    }

    @Test(
        "the outcome is done, partial or failed, by the number of completed jobs",
        arguments: [
            ([JobStatus.completed, .completed], CommandStatus.done), ([.completed, .failed], .partial),
            ([.cancelled, .completed], .partial), ([.failed, .cancelled], .failed),
        ]
    )
    func outcomes(_ statuses: [JobStatus], _ outcome: CommandStatus) {
        var board = JobBoard(jobIDs: ["apple": "0", "google": "1"])
        for (index, status) in statuses.enumerated() {
            board.apply(JobEvent(sequence: Int64(index + 1), jobID: "\(index)", status: status))
        }
        #expect(board.isFinished)
        #expect(board.outcome == outcome)
    }

    @Test(
        "a quota that is in the way of all jobs is a refusal, and beside another failure or a package it is not",
        arguments: [
            (["STORAGE_QUOTA", "STORAGE_QUOTA"], CommandStatus.refused), (["STORAGE_QUOTA", "COVER_MISSING"], .failed),
            (["STORAGE_QUOTA", ""], .failed), (["STORAGE_QUOTA", nil], .partial),
        ]
    )
    func quota(_ reasons: [String?], _ outcome: CommandStatus) {
        var board = JobBoard(jobIDs: ["apple": "0", "google": "1"])
        for (index, reason) in reasons.enumerated() {
            let status = reason == nil ? JobStatus.completed : .failed
            board.apply(
                JobEvent(sequence: Int64(index + 1), jobID: "\(index)", status: status, errorReason: reason ?? "")
            )
        }
        #expect(board.outcome == outcome)
    }

    @Test("a bar never falls back, whatever happens to the job, until it is retried after its end")
    func neverBack() {
        var board = JobBoard(jobIDs: ["google": "j"])
        /// The bar after an event: its percent and its text.
        func after(_ sequence: Int64, _ status: JobStatus, _ percent: Int32, _ step: String, attempt: Int32) -> String {
            var event = event(sequence, status, percent, step)
            event.attempt = attempt
            board.apply(event)
            let row = board.row(of: "j")
            return "\(row?.percent ?? -1) \(row?.story ?? "")"
        }
        #expect(after(1, .queued, 0, "", attempt: 0) == "0 queued")
        #expect(after(2, .processing, 40, "one", attempt: 1) == "40 one")
        #expect(after(3, .processing, 30, "two", attempt: 1) == "40 two")
        // The attempt does not count, because something was short, and its number is given again.
        #expect(after(4, .queued, 0, "waiting: the disk is full", attempt: 0) == "40 waiting: the disk is full")
        #expect(after(5, .processing, 10, "one", attempt: 1) == "40 one")
        #expect(after(6, .queued, 0, "", attempt: 1) == "40 queued")
        #expect(after(7, .downloadingAudio, 1, "fetching", attempt: 2) == "40 fetching")
        #expect(after(8, .processing, 45, "one", attempt: 2) == "45 one")
        #expect(after(9, .failed, 45, "", attempt: 2) == "45 failed")
        // Retried.
        #expect(after(10, .queued, 0, "", attempt: 0) == "0 queued")
        #expect(after(11, .completed, 100, "", attempt: 1) == "100 completed")
    }

    @Test("a text from right to left is isolated in a bar that shows Unicode")
    func rightToLeft() {
        var board = JobBoard(jobIDs: ["google": "j"])
        board.apply(event(1, .processing, 1, "encoding \"ספר\""))
        #expect(
            BarLine(time: TimeText(now: now)).lines(board, width: 79)[0].hasSuffix("\u{2068}encoding \"ספר\"\u{2069}")
        )
        #expect(
            BarLine(style: .ascii, time: TimeText(now: now)).lines(board, width: 79)[0].hasSuffix("encoding \"ספר\"")
        )
    }

    @Test("a text from a job cannot drive the terminal")
    func controlCharacters() {
        var board = JobBoard(jobIDs: ["google": "j"])
        board.apply(event(1, .processing, 1, "\u{1B}[2J\u{7}gone\r\n"))
        let line = BarLine(time: TimeText(now: now)).lines(board, width: 79)[0]
        #expect(!line.unicodeScalars.contains { $0.value < 32 || $0.value == 127 })
    }

    private let now = Date(timeIntervalSince1970: 1_000_000)

    private var board: JobBoard {
        var board = JobBoard(jobIDs: ["kobo": "k", "google": "g", "apple": "a"])
        board.apply(
            JobEvent(
                sequence: 1,
                jobID: "a",
                platformID: "apple",
                status: .processing,
                progressPercent: 55,
                currentStep: "Encoding chapter 5 of 12 to AAC",
                estimatedCompletionAt: ProtoTimestamp(seconds: 1_000_080)
            )
        )
        board.apply(JobEvent(sequence: 2, jobID: "g", platformID: "google", status: .completed, progressPercent: 100))
        board.apply(
            JobEvent(
                sequence: 3,
                jobID: "k",
                platformID: "kobo",
                status: .failed,
                progressPercent: 10,
                errorMessage: "chapter \"Nine Hundred and One\" of project \"dune\" cannot be decoded"
            )
        )
        return board
    }

    private func lines(_ width: Int) -> [String] { BarLine(time: TimeText(now: now)).lines(board, width: width) }

    private func event(_ sequence: Int64, _ status: JobStatus, _ percent: Int32, _ step: String) -> JobEvent {
        JobEvent(
            sequence: sequence,
            jobID: "j",
            platformID: "google",
            status: status,
            progressPercent: percent,
            currentStep: step
        )
    }
}
