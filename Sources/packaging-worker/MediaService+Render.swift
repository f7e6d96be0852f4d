import Descriptors
import Media
import WorkerLink
import WorkerMessages

extension MediaService {
    /// Renders one chapter. Its segments are rendered as they arrive.
    func renderChapter() throws(WorkerLinkError) {
        guard case .task(let task)? = try link.receive(WorkerRenderInput.self)?.item else {
            throw .violation("asked for a chapter without a task")
        }
        let outputs = try takeOutputs(of: task)
        var result: WorkerRenderResult
        do {
            let renderer = try ChapterRenderer(
                outputs: outputs,
                headSamples: Int(task.headSamples),
                gainDecibels: task.gainDB,
                limitDecibels: task.limitDB == 0 ? nil : task.limitDB,
                toneSeed: task.toneSeed,
                measuresLevels: task.measureLevels
            )
            var decoded: Int64 = 0
            for done in 1...max(1, task.segments) where task.segments > 0 {
                guard case .segment(let segment)? = try link.receive(WorkerRenderInput.self)?.item else {
                    throw WorkerLinkError.violation("sent \(done - 1) of \(task.segments) segments")
                }
                let file = try link.takeDescriptor()
                try renderer.append(
                    segment: Int(segment.index),
                    descriptor: file,
                    samples: Int(segment.samples)
                ) { samples in
                    // Progress that cannot be sent does not end the work. A closed end is noticed only when the next
                    // segment is received, because sending to it is no error.
                    try? link.send(WorkerRenderUpdate.progress(segments: done - 1, samples: decoded + Int64(samples)))
                }
                decoded += segment.samples
                try link.send(WorkerRenderUpdate.progress(segments: done, samples: decoded))
            }
            let encoded = try renderer.finish(tailSamples: Int(task.tailSamples))
            result = WorkerRenderResult(
                failedSegment: -1,
                samples: Int64(renderer.samples),
                outputs: encoded.map {
                    WorkerEncodedOutput(
                        sizeBytes: Int64($0.sizeBytes),
                        packetSizes: $0.packetSizes,
                        peak: $0.levels?.peak ?? 0,
                        energy: $0.levels?.energy ?? 0
                    )
                }
            )
        } catch let error as MediaError {
            if case .short = error.kind { throw WorkerLinkError(error) }
            result = WorkerRenderResult(failure: error.reason, failedSegment: Int32(error.segment ?? -1))
        } catch let error as WorkerLinkError {
            throw error
        } catch {
            throw .failed("\(error)")
        }
        try link.send(WorkerRenderUpdate(item: .result(result)))
    }

    private func takeOutputs(
        of task: WorkerRenderTask
    ) throws(WorkerLinkError) -> [(spec: EncodeSpec, descriptor: Descriptor)] {
        var outputs: [(spec: EncodeSpec, descriptor: Descriptor)] = []
        for output in task.outputs {
            guard let codec = EncodeSpec.Codec(rawValue: output.codec) else {
                throw .violation("asked for the codec \"\(output.codec)\"")
            }
            outputs.append((EncodeSpec(codec: codec, bitRate: Int(output.bitRate)), try link.takeDescriptor()))
        }
        return outputs
    }
}

extension WorkerRenderUpdate {
    /// Tells how much of a chapter is decoded.
    fileprivate static func progress(segments: Int32, samples: Int64) -> Self {
        Self(item: .progress(WorkerRenderProgress(segmentsDone: segments, samplesDone: samples)))
    }
}
