import Assets
import Logging
import Model
import Packagers
import Planning
import Queue
import Workers

extension BatchWork {
    /// Decodes the segments of a render and encodes it in all wanted ways. An encoding whose levels turned out outside
    /// the window of ``Mastering`` is encoded again with another mastering, three times at most.
    func render(_ rendering: Rendering) async throws {
        let outputs = rendering.outputs
        var request = try rendering.request()
        var results: [Int: RenderedChapter.Output] = [:]
        var rounds = [
            (mastering: Mastering(of: rendering.plan.renders[rendering.index]), places: Array(outputs.indices))
        ]
        while let (mastering, places) = rounds.popLast() {
            request.gainDecibels = mastering.gainDecibels
            request.limitDecibels = mastering.limitDecibels
            request.outputs = places.map {
                RenderRequest.Output(spec: outputs[$0].encode.audio, file: .writing(outputs[$0].path))
            }
            let rendered = try await rendered(request, rendering) { done in
                context.board.rendered(done, of: rendering.places)
            }
            var corrections: [Mastering: [Int]] = [:]
            for (place, result) in zip(places, rendered.outputs) {
                results[place] = result
                guard let levels = result.levels, let correction = mastering.corrected(by: levels) else { continue }
                corrections[correction, default: []].append(place)
            }
            rounds += corrections.map { (mastering: $0.key, places: $0.value) }
            if !rounds.isEmpty {
                context.board.rendersAgain(rendering.places, samples: request.samples, ways: corrections.count)
            }
        }
        for (place, output) in outputs.enumerated() {
            guard let result = results[place] else {
                throw PackagingError(.internal, "\(rendering.name) was not rendered")
            }
            try await provide(output, result, of: rendering)
        }
        context.board.finished(rendering.places)
        context.logger.debug(
            "rendered",
            metadata: [
                "render": "\(rendering.index)", "segments": "\(request.segments.count)", "encodes": "\(outputs.count)",
            ]
        )
    }

    /// Reads an encoding once, checks that it has the size that the worker reported (and the planned size, if the plan
    /// knows it), and gives it to the jobs that wait for it.
    private func provide(
        _ output: Rendering.Output,
        _ result: RenderedChapter.Output,
        of rendering: Rendering
    ) async throws {
        let (encode, path) = (output.encode, output.path)
        let facts = try await context.scratch.facts(of: path)
        guard facts.bytes == Int64(result.bytes), encode.bytes.map({ $0 == facts.bytes }) ?? true else {
            let codec = encode.audio.codec.rawValue
            throw PackagingError(
                .internal,
                "\(rendering.name) has \(facts.bytes) bytes as \(codec), and was planned otherwise"
            )
        }
        let file = EncodedRenders.File(path: path, facts: EncodedFile(facts, packetSizes: result.packetSizes))
        context.results.provide(file, rendering.index, encode.audio)
    }

    /// Has a worker render a chapter, and does what ``RenderTrial`` says if the worker ends without a result.
    private func rendered(
        _ request: RenderRequest,
        _ rendering: Rendering,
        progress: @escaping @Sendable (Int) -> Void
    ) async throws -> RenderedChapter {
        var trial = RenderTrial(of: rendering.name)
        while true {
            let end: WorkerError
            do throws(WorkerError) {
                return try await context.parts.workers.render(request, tenant: context.batch.tenant, progress: progress)
            } catch {
                end = error
            }
            try Task.checkCancellation()
            switch trial.ended(end) {
            case .renderAgain: continue
            case .stop: throw CancellationError()
            case .giveUp(let error): throw error
            case .decodeAlone:
                try await decodeAlone(rendering, trial)
                throw trial.noSegmentIsAtFault
            }
        }
    }

    /// The number of segments that are decoded before the first that is at fault is named.
    private static let decodedAtOnce = 16

    /// Decodes the segments of a chapter without rendering it, and throws the error about the first that is at fault. A
    /// worker takes several segments. If it dies, the pool gives each of them to a worker that has nothing else.
    private func decodeAlone(_ rendering: Rendering, _ trial: RenderTrial) async throws {
        context.logger.warning(
            "workers died with a chapter, and its segments are decoded alone",
            metadata: ["render": "\(rendering.index)"]
        )
        let audio = rendering.audio
        for start in stride(from: 0, to: audio.count, by: Self.decodedAtOnce) {
            let part = audio[start..<min(audio.count, start + Self.decodedAtOnce)]
            let outcomes: [MeasureOutcome]
            do throws(WorkerError) {
                outcomes = try await context.parts.workers.measure(
                    part.map { .reading($0.path) },
                    tenant: context.batch.tenant
                )
            } catch {
                throw CancellationError()
            }
            for (audio, outcome) in zip(part, outcomes) {
                if let error = trial.decodedAlone(outcome, segment: audio.segment) { throw error }
            }
        }
    }
}
