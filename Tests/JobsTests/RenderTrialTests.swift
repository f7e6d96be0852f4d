import Model
import Testing
import Workers

@testable import Jobs

@Suite("A render whose workers end without a result")
struct RenderTrialTests {
    private static let crash = WorkerError(.died, "the worker was killed by signal 11 (Segmentation fault)")
    private static let late = WorkerError(.timedOut, "the worker made no progress for 30 s")
    private static let killed = WorkerError(.short(.killed), "the worker was killed by signal 9 (Killed)")

    /// The steps after these ends of workers, one after another.
    private func steps(after ends: WorkerError...) -> [String] {
        var trial = RenderTrial(of: "chapter 1 \"One\"")
        return ends.map { end in
            switch trial.ended(end) {
            case .renderAgain: "render again"
            case .decodeAlone: "decode alone"
            case .stop: "stop"
            case .giveUp(let error): "\(error.code): \(error.message)"
            }
        }
    }

    @Test("after the first death another worker renders, after the second each segment is decoded alone")
    func deaths() {
        #expect(steps(after: Self.crash, Self.crash) == ["render again", "decode alone"])
        #expect(steps(after: Self.late, Self.crash) == ["render again", "decode alone"])
    }

    @Test("a shortage lets the job wait, whatever was before it, and blames no segment")
    func shortages() {
        let waits = "resourceExhausted: could not render chapter 1 \"One\": \(Self.killed)"
        #expect(steps(after: Self.killed) == [waits])
        #expect(steps(after: Self.crash, Self.killed) == ["render again", waits])
        let full = WorkerError(.short(.scratch), "the disk for scratch files is full")
        #expect(steps(after: full) == ["resourceExhausted: could not render chapter 1 \"One\": \(full)"])
    }

    @Test("a refused segment is named, and fails the job")
    func refused() {
        #expect(
            steps(after: WorkerError(.refused, "segment 3: it is empty", segment: 2))
                == ["failedPrecondition: cannot render chapter 1 \"One\", segment 3: segment 3: it is empty"]
        )
    }

    @Test("a fault of ours counts a failure, and a cancelled render only stops")
    func others() {
        #expect(
            steps(after: WorkerError(.failed, "no encoder"))
                == ["unavailable: could not render chapter 1 \"One\": no encoder"]
        )
        #expect(
            steps(after: WorkerError(.unavailable, "no user"))
                == ["unavailable: could not render chapter 1 \"One\": no user"]
        )
        #expect(steps(after: WorkerError(.cancelled, "cancelled")) == ["stop"])
    }

    @Test("a segment is at fault if it ends a worker alone; a shortage or a fault of ours says nothing about it")
    func alone() {
        let trial = RenderTrial(of: "chapter 1 \"One\"")
        func judgement(_ outcome: MeasureOutcome) -> String? {
            trial.decodedAlone(outcome, segment: 7).map { "\($0.code): \($0.message)" }
        }
        let measurement = AudioMeasurement(
            format: "wav",
            sourceSampleRate: 44_100,
            sourceChannels: 1,
            samples: 1,
            peak: 0,
            energy: 0,
            quietestMeanSquare: 0,
            warnings: []
        )
        #expect(judgement(.measured(measurement)) == nil)
        #expect(
            judgement(.failed(Self.crash))
                == "failedPrecondition: cannot render chapter 1 \"One\", segment 7: \(Self.crash), with this segment alone"
        )
        #expect(
            judgement(.failed(Self.late))
                == "failedPrecondition: cannot render chapter 1 \"One\", segment 7: \(Self.late), with this segment alone"
        )
        #expect(
            judgement(.refused("it is empty"))
                == "failedPrecondition: cannot render chapter 1 \"One\", segment 7: it is empty"
        )
        #expect(
            judgement(.failed(Self.killed))
                == "resourceExhausted: could not render chapter 1 \"One\": \(Self.killed)"
        )
        #expect(
            judgement(.failed(WorkerError(.failed, "no file")))
                == "unavailable: could not render chapter 1 \"One\": no file"
        )
    }

    @Test("if no segment is at fault alone, a failure is counted, and the message blames none")
    func innocent() {
        var trial = RenderTrial(of: "chapter 1 \"One\"")
        _ = trial.ended(Self.crash)
        _ = trial.ended(Self.late)
        let error = trial.noSegmentIsAtFault
        #expect(error.code == .unavailable)
        #expect(
            error.message == """
                could not render chapter 1 "One": the worker made no progress for 30 s, for the second time; each \
                segment alone can be decoded
                """
        )
    }
}
