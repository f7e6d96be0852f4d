package import Model
internal import Processes
internal import WorkerLink
internal import WorkerMessages

extension WorkerPool {
    /// Renders a chapter into the files of its outputs.
    ///
    /// - Parameter progress: Called with the samples of the segments that are decoded so far, after each segment and
    ///   every five seconds of a long one. The pool calls it on its own thread, so it must not block.
    /// - Throws: ``WorkerError``, of kind `refused` with the segment if its audio differs from the measurement. After
    ///   an error the caller must remove the outputs.
    package func render(
        _ request: RenderRequest,
        tenant: TenantID,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws(WorkerError) -> RenderedChapter {
        let seconds = request.samples / Timeline.sampleRate
        let limits = TaskLimits(
            time: configuration.renderLimit + .seconds(seconds / 2),
            // 16 MiB plus half a megabit a second, which is more than any platform's bit rate.
            fileBytes: 16 << 20 + UInt64(seconds) * 65_536
        )
        return try await run("render", tenant: tenant, limits: limits) { link, worker in
            try link.open(WorkerMethods.renderChapter)
            let outputs = try request.outputs.map { try $0.file.open() }
            try link.send(WorkerRenderInput(item: .task(WorkerRenderTask(request))), descriptors: outputs)
            var conversation = RenderConversation(segments: request.segments)
            while true {
                try conversation.sendSegments(over: link, worker)
                guard let update = try link.receive(WorkerRenderUpdate.self)?.item else {
                    throw WorkerLinkError.violation("ended the call without a result")
                }
                worker.beat()
                switch update {
                case .progress(let update):
                    try conversation.advance(to: Int(update.segmentsDone))
                    progress(min(max(0, Int(clamping: update.samplesDone)), request.samples))
                case .result(let result):
                    return try RenderedChapter(result, of: request)
                }
            }
        }
    }
}

/// The segments that the worker has received, and those that it has finished.
private struct RenderConversation {
    let segments: [RenderRequest.Segment]
    private var sent = 0
    private(set) var done = 0
    private var isFinished = false

    init(segments: [RenderRequest.Segment]) {
        self.segments = segments
    }

    /// Sends as many segments as the worker may have.
    mutating func sendSegments(over link: WorkerLink, _ worker: WorkerProcess) throws {
        while sent < min(segments.count, done + WorkerPool.window) {
            let segment = segments[sent]
            let message = WorkerRenderSegment(index: Int32(sent), samples: Int64(segment.samples))
            try link.send(WorkerRenderInput(item: .segment(message)), descriptors: [try segment.file.open()])
            sent += 1
            worker.beat()
        }
        guard sent == segments.count, !isFinished else { return }
        try link.finish()
        isFinished = true
    }

    mutating func advance(to count: Int) throws(WorkerLinkError) {
        guard count >= done, count <= sent else { throw .violation("is done with segments that it was not given") }
        done = count
    }
}

extension WorkerRenderTask {
    fileprivate init(_ request: RenderRequest) {
        self.init(
            headSamples: Int64(request.headSamples),
            tailSamples: Int64(request.tailSamples),
            segments: Int32(request.segments.count),
            gainDB: request.gainDecibels,
            toneSeed: request.toneSeed,
            outputs: request.outputs.map {
                WorkerEncodeSpec(codec: $0.spec.codec.rawValue, bitRate: Int32($0.spec.bitRate))
            },
            limitDB: request.limitDecibels ?? 0,
            measureLevels: request.measuresLevels
        )
    }
}

extension RenderedChapter {
    /// The chapter in `result`.
    ///
    /// - Throws: ``WorkerError`` if the chapter could not be rendered; `WorkerLinkError` if the result does not fit
    ///   the request.
    fileprivate init(_ result: WorkerRenderResult, of request: RenderRequest) throws {
        guard result.failure.isEmpty else {
            let segment = Int(result.failedSegment)
            guard request.segments.indices.contains(segment) else {
                throw WorkerError(.failed, "the chapter could not be rendered: \(sanitized(result.failure))")
            }
            throw WorkerError(.refused, "segment \(segment + 1): \(sanitized(result.failure))", segment: segment)
        }
        guard Int(result.samples) == request.samples, result.outputs.count == request.outputs.count,
            result.outputs.allSatisfy({
                $0.sizeBytes > 0 && [$0.peak, $0.energy].allSatisfy { $0.isFinite && $0 >= 0 }
            })
        else { throw WorkerLinkError.violation("rendered another chapter than it was asked for") }
        samples = Int(result.samples)
        outputs = result.outputs.map { output in
            Output(
                bytes: Int(output.sizeBytes),
                packetSizes: output.packetSizes,
                levels: request.measuresLevels
                    ? ChapterLevels(samples: request.samples, peak: output.peak, energy: output.energy) : nil
            )
        }
    }
}
