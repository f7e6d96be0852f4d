package import Model
internal import Processes
internal import Synchronization
internal import WorkerLink
internal import WorkerMessages

/// The result of a worker's measurement of a segment.
package enum MeasureOutcome: Sendable, Hashable {
    /// The audio is complete.
    case measured(Model.AudioMeasurement)
    /// The audio is refused: the end of a sentence about it, such as `it ends after 1.2 s of 3.0 s`.
    case refused(String)
    /// Nothing is known about the audio, because workers ended without a result. If the error blames the file, the last
    /// of at least two workers had only this segment.
    case failed(WorkerError)
}

extension WorkerPool {
    /// The most segments that one worker measures.
    package static let segmentsPerMeasurement = 64
    /// How many unfinished segments a worker may have. Each is an open file in the worker, which may have 64 open files and
    /// refuses more than 32 that wait.
    static let window = 32

    /// Measures segments of one project, at most ``segmentsPerMeasurement`` of them, and returns an outcome for each.
    ///
    /// If the worker ends before it is done, each remaining segment is measured by a separate worker, so that hostile
    /// audio affects no other segment, and is blamed only if it ends a second worker, alone. When the machine is short of
    /// something, the remaining segments fail with that reason, and no more workers are started.
    ///
    /// - Throws: ``WorkerError`` of kind `cancelled`; all other errors are outcomes.
    package func measure(_ segments: [WorkerFile], tenant: TenantID) async throws(WorkerError) -> [MeasureOutcome] {
        precondition(segments.count <= Self.segmentsPerMeasurement, "a worker measures a bounded number of segments")
        guard !segments.isEmpty else { return [] }
        let outcomes = MeasureOutcomes(count: segments.count)
        do throws(WorkerError) {
            try await measure(Array(segments.enumerated()), into: outcomes, tenant)
        } catch {
            var last = error
            for index in outcomes.missing {
                if last.kind == .cancelled { throw last }
                if last.isOfEverySegment {
                    outcomes.set(.failed(last), at: index)
                    continue
                }
                do throws(WorkerError) {
                    try await measure([(offset: index, element: segments[index])], into: outcomes, tenant)
                } catch {
                    last = error
                    outcomes.set(.failed(error), at: index)
                }
            }
            if last.kind == .cancelled { throw last }
        }
        return outcomes.all
    }

    private func measure(
        _ segments: [(offset: Int, element: WorkerFile)],
        into outcomes: MeasureOutcomes,
        _ tenant: TenantID
    ) async throws(WorkerError) {
        let time = configuration.measureLimit * (1 + segments.count / 8)
        try await run("measure", tenant: tenant, limits: TaskLimits(time: time, fileBytes: 0)) { link, worker in
            try link.open(WorkerMethods.measureAudio)
            var sent = 0
            for done in 0..<segments.count {
                while sent < min(segments.count, done + Self.window) {
                    let file = try segments[sent].element.open()
                    try link.send(WorkerMeasureInput(index: Int32(sent)), descriptors: [file])
                    sent += 1
                    worker.beat()
                    if sent == segments.count { try link.finish() }
                }
                guard let result = try link.receive(WorkerMeasureResult.self), Int(result.index) == done else {
                    throw WorkerLinkError.violation("answered for another segment than it was asked")
                }
                outcomes.set(try MeasureOutcome(result), at: segments[done].offset)
                worker.beat()
            }
        }
    }
}

extension WorkerError {
    /// Whether the next segment would only meet the same error.
    fileprivate var isOfEverySegment: Bool {
        switch kind {
        case .short, .unavailable: true
        case .refused, .failed, .died, .timedOut, .cancelled: false
        }
    }
}

/// The outcomes received so far, including those of a worker that has died since.
private final class MeasureOutcomes: Sendable {
    private let outcomes: Mutex<[MeasureOutcome?]>

    init(count: Int) {
        outcomes = Mutex(Array(repeating: nil, count: count))
    }

    func set(_ outcome: MeasureOutcome, at index: Int) {
        outcomes.withLock { $0[index] = outcome }
    }

    var missing: [Int] {
        outcomes.withLock { outcomes in outcomes.indices.filter { outcomes[$0] == nil } }
    }

    var all: [MeasureOutcome] {
        outcomes.withLock { $0.compactMap(\.self) }
    }
}

extension MeasureOutcome {
    /// The outcome in `result`.
    ///
    /// - Throws: `WorkerLinkError` for impossible values, because they would falsify every plan that sums them.
    init(_ result: WorkerMeasureResult) throws(WorkerLinkError) {
        guard result.refusal.isEmpty else {
            self = .refused(sanitized(result.refusal))
            return
        }
        let levels = [result.peak, result.energy, result.quietestMeanSquare]
        guard result.samples > 0, result.samples <= 1 << 40, result.sourceSampleRate > 0, result.sourceChannels > 0,
            levels.allSatisfy({ $0.isFinite && $0 >= 0 })
        else { throw .violation("measured what cannot be") }
        self = .measured(
            Model.AudioMeasurement(
                format: sanitized(result.format),
                sourceSampleRate: Int(result.sourceSampleRate),
                sourceChannels: Int(result.sourceChannels),
                samples: Int(result.samples),
                peak: result.peak,
                energy: result.energy,
                quietestMeanSquare: result.quietestMeanSquare,
                warnings: result.warnings.prefix(8).map { sanitized($0) }
            )
        )
    }
}
