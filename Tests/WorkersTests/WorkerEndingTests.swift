import Glibc
import Model
import Processes
import Testing
import WorkerLink

@testable import Workers

@Suite("What the end of a worker means")
struct WorkerEndingTests {
    /// Why a worker is thought to have ended, and what that means.
    struct Row: Sendable, CustomTestStringConvertible {
        var intent: WorkerProcess.Intent?
        var status: Processes.ExitStatus = .signalled(SIGKILL)
        var problem: any Error = WorkerLinkError.closed
        var kind: WorkerError.Kind

        var testDescription: String { "\(intent.map { "\($0)" } ?? "by itself"), \(status), \(problem)" }
    }

    private static let ownSignals: [CInt] = [SIGSEGV, SIGILL, SIGABRT, SIGFPE, SIGTRAP, SIGSYS, 24, 25]
    private static let signalsFromOutside: [CInt] = [SIGKILL, SIGBUS, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE]

    static let rows: [Row] =
        ownSignals.map { Row(status: .signalled($0), kind: .died) }
        + signalsFromOutside.map { Row(status: .signalled($0), kind: .short(.killed)) }
        + [
            Row(status: .exited(0), kind: .died), Row(status: .exited(1), kind: .died),
            Row(status: .exited(75), kind: .unavailable), Row(status: .exited(127), kind: .short(.program)),
            Row(intent: .cancelled, kind: .cancelled), Row(intent: .stalled, kind: .timedOut),
            Row(intent: .overdue, kind: .timedOut), Row(intent: .silent, kind: .died),
            Row(intent: .silent, status: .signalled(SIGBUS), kind: .short(.killed)),
            Row(intent: .unusable, problem: WorkerLinkError.refused("no"), kind: .failed),
            Row(intent: .unusable, problem: WorkerLinkError.violation("lied"), kind: .died),
            Row(intent: .unusable, problem: WorkerLinkError.short(.memory, "no"), kind: .short(.memory)),
            Row(intent: .unusable, problem: WorkerLinkError.short(.space, "no"), kind: .short(.scratch)),
            Row(intent: .unusable, problem: WorkerLinkError.short(.disk, "no"), kind: .short(.disk)),
            Row(intent: .unusable, problem: WorkerLinkError.short(.descriptors, "no"), kind: .short(.descriptors)),
            Row(intent: .unusable, problem: ProcessError("open", EMFILE), kind: .short(.descriptors)),
            Row(intent: .unusable, problem: ProcessError("open", ENOSPC), kind: .short(.scratch)),
            Row(intent: .unusable, problem: ProcessError("start a thread", EAGAIN), kind: .short(.processes)),
            Row(intent: .unusable, problem: ProcessError("open", ENOENT), kind: .failed),
        ]

    @Test("signals from outside are shortages; a worker's own faults and limits are not", arguments: rows)
    func ending(row: Row) {
        let error = Verdict(
            intent: row.intent,
            status: row.status,
            problem: row.problem,
            limits: TaskLimits(time: .seconds(60), fileBytes: 0),
            stallLimit: .seconds(30)
        ).error
        #expect(error.kind == row.kind, "\(error)")
    }

    @Test(
        "a worker that cannot be started is a shortage where the reason may pass by itself",
        arguments: [
            (EAGAIN, false, .processes), (ENOMEM, false, .memory), (EMFILE, false, .descriptors),
            (ENFILE, false, .descriptors), (EPERM, false, nil), (ENOENT, false, nil), (EACCES, false, nil),
            (ENOENT, true, .program), (EACCES, true, .program), (ETXTBSY, true, .program), (ENOEXEC, true, .program),
            (EAGAIN, true, .processes), (ENOMEM, true, .memory), (EPERM, true, nil),
        ] as [(CInt, Bool, Shortage?)]
    )
    func starting(number: CInt, isOfProgram: Bool, shortage: Shortage?) {
        let error = WorkerError(ProcessError("start", number, isOfProgram: isOfProgram), otherwise: .unavailable)
        #expect(error.kind == shortage.map { .short($0) } ?? .unavailable)
    }

    @Test("a caller is told to try again after any shortage, and a job waits for its end", arguments: Shortage.allCases)
    func shortages(shortage: Shortage) {
        let error = WorkerError(.short(shortage), "something is short")
        #expect(!error.blamesFile)
        let forCaller = PackagingError(error)
        #expect(forCaller.code == .unavailable)
        #expect(forCaller.reason == PackagingError.machineIsShort)
        #expect(forCaller.hint == "Try again in a moment.")
        #expect(forCaller.retryAfter == .seconds(1))
        let forJob = PackagingError(ofJob: error, "could not render chapter 1")
        #expect(forJob.code == .resourceExhausted)
        #expect(forJob.message == "could not render chapter 1: something is short")
        #expect(forJob.reason == (shortage == .scratch ? "SCRATCH_FULL" : PackagingError.machineIsShort))
    }

    @Test("no other end of a worker lets a job wait or promises a caller success")
    func others() {
        let codes: [(WorkerError.Kind, PackagingError.Code)] = [
            (.refused, .failedPrecondition), (.failed, .unavailable), (.died, .unavailable), (.timedOut, .unavailable),
            (.unavailable, .unavailable), (.cancelled, .cancelled),
        ]
        for (kind, code) in codes {
            let error = WorkerError(kind, "it ended")
            #expect(PackagingError(error).code == code)
            #expect(PackagingError(ofJob: error).code == code)
            #expect(PackagingError(error).hint == nil)
        }
    }
}
