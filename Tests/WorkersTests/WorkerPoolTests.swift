import Foundation
import Glibc
import Logging
import Model
import Processes
import Synchronization
import TestSupport
import Testing
import WorkerLink

@testable import Workers

@Suite("Workers that misbehave", .timeLimit(.minutes(10)))
struct WorkerPoolTests {
    private let tenant = TenantID.random()

    /// The error when this single file is measured.
    private func failure(of order: String, on pool: WorkerPool) async throws -> WorkerError? {
        guard case .failed(let error) = try await pool.measure([.order(order)], tenant: tenant)[0] else { return nil }
        return error
    }

    @Test("a worker's results arrive in the order of the segments")
    func results() async throws {
        let files = (1...64).map { WorkerFile.order("samples \($0)") }
        let outcomes = try await WorkerPool.fake().measure(files, tenant: tenant)
        let samples = outcomes.map { outcome in
            if case .measured(let measurement) = outcome { measurement.samples } else { 0 }
        }
        #expect(samples == Array(1...64))
    }

    @Test("a refused segment does not affect other segments")
    func refusal() async throws {
        let outcomes = try await WorkerPool.fake().measure([.order("refuse"), .order("")], tenant: tenant)
        #expect(outcomes[0] == .refused("it was told to be"))
        guard case .measured = outcomes[1] else {
            Issue.record("the second is \(outcomes[1])")
            return
        }
    }

    @Test(
        "the error of a worker that dies gives the reason in words",
        arguments: [
            ("signal 11", "the worker was killed by signal 11 (Segmentation fault)"),
            ("signal 24", "the worker exceeded its limit of 60 s of CPU time"),
            ("exit 3", "the worker exited with status 3"),
            ("exit 0", "the worker exited with status 0"),
            ("last-words", "the worker was killed by signal 6 (Aborted): last  line"),
        ]
    )
    func death(order: String, message: String) async throws {
        let error = try await failure(of: order, on: .fake())
        #expect(error == WorkerError(.died, message))
    }

    @Test(
        "a worker that the system kills is distinguished from one that died, and its file is not blamed",
        arguments: [
            ("signal 9", "the worker was killed by signal 9 (Killed)"),
            ("signal 7", "the worker was killed by signal 7 (Bus error)"),
            ("signal 15", "the worker was killed by signal 15 (Terminated)"),
        ]
    )
    func killed(order: String, message: String) async throws {
        let error = try await failure(of: order, on: .fake())
        #expect(error == WorkerError(.short(.killed), message))
        #expect(error?.blamesFile == false)
    }

    @Test(
        "a worker that breaks the protocol counts as dead",
        arguments: [
            // A frame of 1 GiB; of another stream; of an unknown type; then results that cannot be, and none at all.
            ("raw 64 0 0 0 0 0 0 1 3 0", "the worker announced a frame of 1073741824 bytes"),
            ("raw 0 0 0 0 0 0 0 7 3 0", "the worker sent a frame of stream 7"),
            ("raw 0 0 0 0 0 0 0 1 9 0", "the worker sent a frame of type 9 with the flags 0"),
            ("wrong-index", "the worker answered for another segment than it was asked"),
            ("not-a-number", "the worker measured what cannot be"),
            ("samples 0", "the worker measured what cannot be"),
            ("samples -1", "the worker measured what cannot be"),
            ("finish-early", "the worker answered for another segment than it was asked"),
        ]
    )
    func violations(order: String, message: String) async throws {
        #expect(try await failure(of: order, on: .fake()) == WorkerError(.died, message))
    }

    @Test("a message that cannot be parsed is named in the error")
    func malformedMessage() async throws {
        let error = try await failure(of: "raw 0 0 0 1 0 0 0 1 3 0 255", on: .fake())
        #expect(error?.kind == .died)
        #expect(error?.message.contains("khipu.packaging.worker.v1.MeasureResult") == true)
    }

    @Test("a worker that reports a failure is distinguished from one that died")
    func workerFails() async throws {
        #expect(
            try await failure(of: "fail", on: .fake()) == WorkerError(.failed, "the worker failed: it was told to")
        )
    }

    @Test("a crash affects only the segment that caused it", arguments: ["signal 11", "raw 9 9 9 9 9 9 9 9 9 9"])
    func crashInBatch(order: String) async throws {
        let orders = ["samples 5", order, "samples 7", "refuse", "samples 9"]
        let outcomes = try await WorkerPool.fake().measure(orders.map { .order($0) }, tenant: tenant)
        let words = outcomes.map { outcome in
            switch outcome {
            case .measured(let measurement): "samples \(measurement.samples)"
            case .refused: "refuse"
            case .failed(let error): error.kind == .died ? order : "\(error)"
            }
        }
        #expect(words == orders)
    }

    @Test("a worker that floods its standard error still gives its result")
    func flood() async throws {
        guard case .measured = try await WorkerPool.fake().measure([.order("flood")], tenant: tenant)[0] else {
            Issue.record("it did not")
            return
        }
    }

    @Test("a worker that makes no progress is ended after the stall limit")
    func stall() async throws {
        let pool = try WorkerPool.fake(clock: JumpingClock { $0 == .seconds(5) })
        let error = try await failure(of: "spin", on: pool)
        #expect(error == WorkerError(.timedOut, "the worker made no progress for 30 s"))
    }

    @Test("a worker that takes too long in total is ended")
    func overdue() async throws {
        let pool = try WorkerPool.fake(clock: JumpingClock { $0 == .seconds(60) })
        let error = try await failure(of: "spin", on: pool)
        #expect(error == WorkerError(.timedOut, "the worker exceeded its limit of 60 s"))
    }

    @Test("a worker that closes its stream and does not exit is ended")
    func silence() async throws {
        let pool = try WorkerPool.fake(clock: JumpingClock { $0 == .seconds(1) })
        let error = try await failure(of: "close", on: pool)
        #expect(error == WorkerError(.died, "the worker closed its stream without a result"))
    }

    @Test("a worker that was already dying when it was given up as silent is reported with its cause of death")
    func dyingSlowly() {
        func error(_ status: Processes.ExitStatus) -> WorkerError {
            Verdict(
                intent: .silent,
                status: status,
                problem: WorkerLinkError.closed,
                limits: TaskLimits(time: .seconds(60), fileBytes: 0),
                stallLimit: .seconds(30)
            ).error
        }
        #expect(error(.signalled(SIGSEGV)).message == "the worker was killed by signal 11 (Segmentation fault)")
        #expect(error(.signalled(SIGKILL)).message == "the worker closed its stream without a result")
    }

    @Test("a worker that makes progress is never taken for stuck, however slow it is")
    func stallWatch() {
        var watch = StallWatch(beats: 0)
        let slow = (1...3).flatMap { beats in (0..<6).map { _ in watch.isStuck(beats: beats) } }
        #expect(!slow.contains(true))
        let stuck = watch.isStuck(beats: 3)
        #expect(stuck)
    }

    @Test("cancelling a waiting task kills its worker, and waits until the worker is gone")
    func cancellation() async throws {
        let pool = try WorkerPool.fake()
        let held = try HeldFile()
        let task = Task { try await pool.measure([held.file], tenant: tenant) }
        let pid = try #require(pid_t(try await held.arrival()))
        #expect(kill(pid, 0) == 0)
        task.cancel()
        let error = await #expect(throws: WorkerError.self) { try await task.value }
        #expect(error?.kind == .cancelled)
        #expect(kill(pid, 0) == -1 && errno == ESRCH)
    }

    @Test("a task that is cancelled before its turn never starts a worker")
    func cancelledInQueue() async throws {
        let pool = try WorkerPool.fake { $0.processes = 1 }
        let held = try HeldFile()
        let first = Task { try await pool.measure([held.file], tenant: tenant) }
        _ = try await held.arrival()
        let opened = Gauge()
        let file = WorkerFile {
            opened.enter()
            return try WorkerFile.order("").open()
        }
        let second = Task { try await pool.measure([file], tenant: tenant) }
        second.cancel()
        let error = await #expect(throws: WorkerError.self) { try await second.value }
        #expect(error?.kind == .cancelled)
        held.release()
        _ = try await first.value
        #expect(opened.most == 0)
        // The turn that the task did not take is free.
        _ = try await pool.measure([.order("")], tenant: tenant)
    }

    @Test("no more workers run at once than the pool allows")
    func bound() async throws {
        #expect(try await mostAtOnce(of: WorkerPool.fake { $0.processes = 2 }) <= 2)
    }

    /// Gives the pool eight tasks, and returns how many workers were seen at once.
    private func mostAtOnce(of pool: WorkerPool) async throws -> Int {
        let running = Gauge()
        try await withThrowingTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    let held = try HeldFile()
                    async let outcomes = pool.measure([held.file], tenant: TenantID.random())
                    _ = try await held.arrival()
                    running.enter()
                    await Task.yield()
                    running.leave()
                    held.release()
                    _ = try await outcomes
                }
            }
            try await group.waitForAll()
        }
        return running.most
    }

    @Test("a worker program that is missing or cannot be executed says nothing about the segments, until it is there")
    func missingProgram() async throws {
        try await withTemporaryFolder { folder in
            let program = folder.file("packaging-worker")
            let pool = try WorkerPool.fake { $0.executable = program }
            func outcomes() async throws -> [MeasureOutcome] {
                try await pool.measure([.order(""), .order("")], tenant: tenant)
            }
            func failure(_ reason: String) -> [MeasureOutcome] {
                let error = WorkerError(.short(.program), "could not execute \"\(program)\": \(reason)")
                return [.failed(error), .failed(error)]
            }
            #expect(try await outcomes() == failure("No such file or directory"))
            try Data("not yet".utf8).write(to: URL(fileURLWithPath: program))
            #expect(try await outcomes() == failure("Permission denied"))
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
            #expect(try await outcomes() == failure("Exec format error"))
            try FileManager.default.removeItem(atPath: program)
            // A link and not a copy: a child of another test may hold a copy open for writing, which forbids to execute it.
            try FileManager.default.createSymbolicLink(
                atPath: program,
                withDestinationPath: testProgram("fake-worker")
            )
            #expect(try await outcomes().allSatisfy { if case .measured = $0 { true } else { false } })
        }
    }

    @Test("when the system kills a worker, no further worker is started for the segments that are left")
    func killedInBatch() async throws {
        let started = Gauge()
        let later = WorkerFile {
            started.enter()
            return try WorkerFile.order("").open()
        }
        let outcomes = try await WorkerPool.fake().measure(
            [.order("samples 5"), .order("signal 9"), later, later],
            tenant: tenant
        )
        guard case .measured(let first) = outcomes[0] else {
            Issue.record("the first is \(outcomes[0])")
            return
        }
        #expect(first.samples == 5)
        for outcome in outcomes.dropFirst() {
            #expect(outcome == .failed(WorkerError(.short(.killed), "the worker was killed by signal 9 (Killed)")))
        }
        #expect(started.most == 2, "both were sent to the worker that was killed, and to no other")
    }

    @Test("a segment is blamed only for the second worker that dies with it")
    func secondWorker() async throws {
        let times = Mutex(0)
        let once = WorkerFile {
            let isFirst = times.withLock { times in
                times += 1
                return times == 1
            }
            return try WorkerFile.order(isFirst ? "signal 11" : "samples 7").open()
        }
        let outcomes = try await WorkerPool.fake().measure([once], tenant: tenant)
        guard case .measured(let measurement) = outcomes[0] else {
            Issue.record("it is \(outcomes[0])")
            return
        }
        #expect(measurement.samples == 7)
        #expect(times.withLock { $0 } == 2)
    }

    @Test(
        "a worker that reports that the machine is short of something blames nothing",
        arguments: [
            ("MEMORY_SHORT", .memory, "the worker failed: it was told to"),
            ("SPACE_SHORT", .scratch, "the disk for scratch files is full"),
            ("DISK_FAILED", .disk, "the worker failed: it was told to"),
        ] as [(String, Shortage, String)]
    )
    func reports(word: String, shortage: Shortage, message: String) async throws {
        #expect(
            try await failure(of: "short \(word)", on: .fake()) == WorkerError(.short(shortage), message)
        )
    }

    @Test("fewer workers run at once after the system killed some, and the log says so; later more run again")
    func parallelism() async throws {
        let log = LogRecorder()
        let clock = ManualClock()
        let pool = try WorkerPool.fake(clock: clock, logger: Logger(label: "test") { _ in log }) { $0.processes = 4 }
        #expect(try await failure(of: "signal 9", on: pool)?.kind == .short(.killed))
        #expect(log.workers(in: "fewer workers run at once") == ["2"])
        // Three tasks for two places: the third enters when a place becomes free, or when one more is allowed.
        let held = try (0..<3).map { _ in try HeldFile() }
        var tasks: [Task<[MeasureOutcome], any Error>] = []
        for held in held {
            tasks.append(Task { try await pool.measure([held.file], tenant: tenant) })
            if tasks.count < 3 { _ = try await held.arrival() }
        }
        // Each worker has two limits of time. The third sleeper is its look for room, by which the third task enters.
        await clock.waitForSleepers(2 * 3)
        clock.advance(by: Parallelism.quiet)
        _ = try await held[2].arrival()
        #expect(log.workers(in: "more workers run at once") == ["3"])
        for file in held { file.release() }
        for task in tasks { _ = try await task.value }
    }

    @Test("no second worker is started where there is memory for one")
    func memory() async throws {
        let log = LogRecorder()
        let pool = try WorkerPool.fake(memory: 1 << 30, logger: Logger(label: "test") { _ in log }) {
            $0.processes = 4
            $0.memoryBytes = 1 << 30
        }
        #expect(try await mostAtOnce(of: pool) == 1)
        #expect(log.workers(in: "fewer workers run at once") == ["1"])
    }

    @Test("a file that cannot be opened fails only its segment, with the reason")
    func missingFile() async throws {
        let outcomes = try await WorkerPool.fake().measure([.reading("/nowhere/a.wav"), .order("")], tenant: tenant)
        #expect(
            outcomes[0]
                == .failed(WorkerError(.failed, "could not open \"/nowhere/a.wav\": No such file or directory"))
        )
    }
}

extension LogRecorder {
    /// The numbers of workers in the lines that begin with `words`.
    fileprivate func workers(in words: String) -> [String] {
        lines.filter { $0.message.hasPrefix(words) }.map { "\($0.metadata["workers"] ?? "")" }
    }
}
