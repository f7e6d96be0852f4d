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
        let ends = rendering.ends
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
            let rendered = try await rendered(request, called: rendering.name) { done in
                if done > 0 { context.board.rendered(ends[done - 1], of: rendering.index) }
            }
            var corrections: [Mastering: [Int]] = [:]
            for (place, result) in zip(places, rendered.outputs) {
                results[place] = result
                guard let levels = result.levels, let correction = mastering.corrected(by: levels) else { continue }
                corrections[correction, default: []].append(place)
            }
            rounds += corrections.map { (mastering: $0.key, places: $0.value) }
        }
        for (place, output) in outputs.enumerated() {
            guard let result = results[place] else {
                throw PackagingError(.internal, "\(rendering.name) was not rendered")
            }
            try await provide(output, result, of: rendering)
        }
        context.board.finished(render: rendering.index)
        context.logger.debug(
            "rendered",
            metadata: [
                "render": "\(rendering.index)", "segments": "\(ends.count)", "encodes": "\(outputs.count)",
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

    /// Has a worker render a chapter, and a second worker if the first one died or timed out. The audio is at fault,
    /// and the job fails, if a worker refuses it or if two workers die of it or time out. Every other end of a worker
    /// says nothing about the audio (``WorkerError/blamesFile``), and the job is attempted again later.
    private func rendered(
        _ request: RenderRequest,
        called name: String,
        progress: @escaping @Sendable (Int) -> Void
    ) async throws -> RenderedChapter {
        for attempt in 1... {
            do throws(WorkerError) {
                return try await context.parts.workers.render(request, tenant: context.batch.tenant, progress: progress)
            } catch {
                if error.kind == .cancelled { throw CancellationError() }
                if error.kind == .refused {
                    let segment = error.segment.map { ", segment \($0 + 1)" } ?? ""
                    throw PackagingError(.failedPrecondition, "cannot render \(name)\(segment): \(error)", cause: error)
                }
                if error.blamesFile && attempt == 1 && !Task.isCancelled { continue }
                let code: PackagingError.Code = error.blamesFile ? .failedPrecondition : .unavailable
                throw PackagingError(code, "could not render \(name): \(error)", cause: error)
            }
        }
        throw CancellationError()
    }
}
