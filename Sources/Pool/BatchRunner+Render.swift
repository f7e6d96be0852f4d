import Assets
import Logging
import Model
import Packagers
import Planning
import Store
import Workers

extension BatchRunner {
    /// Renders a chapter once, and encodes it in the ways of `encodes`, by their place in the plan.
    func render(
        _ index: Int,
        _ encodes: [Int],
        of plan: BatchPlan,
        paths: [Digest: String],
        in folder: ScratchFolder,
        renders: EncodedRenders,
        board: BatchBoard
    ) async throws {
        let render = plan.renders[index]
        let segments = Array(plan.segments(of: render))
        let ends = segments.indices.map { render.timeline.starts[$0] + segments[$0].samples }
        let outputs = encodes.map { place in
            (encode: render.encodes[place], path: folder.file("render-\(index)-\(place)"))
        }
        var request = RenderRequest(
            headSamples: render.timeline.head,
            tailSamples: render.timeline.tail,
            measuresLevels: plan.mastering == .fit,
            toneSeed: render.toneSeed,
            segments: try segments.map { segment in
                guard let audio = segment.audio, let path = paths[audio.digest] else {
                    throw PackagingError(.internal, "a segment of the plan was not fetched")
                }
                return RenderRequest.Segment(file: .reading(path), samples: segment.samples)
            },
            outputs: []
        )
        let name = "chapter \(plan.chapters[render.chapter].number) \"\(plan.title(of: render))\""
        var results: [Int: RenderedChapter.Output] = [:]
        var tries = [(mastering: Mastering(of: render), places: Array(outputs.indices))]
        while let (mastering, places) = tries.popLast() {
            request.gainDecibels = mastering.gainDecibels
            request.limitDecibels = mastering.limitDecibels
            request.outputs = places.map {
                RenderRequest.Output(spec: outputs[$0].encode.audio, file: .writing(outputs[$0].path))
            }
            let rendered = try await rendered(request, called: name) { done in
                if done > 0 { board.rendered(ends[done - 1], of: index) }
            }
            var corrections: [Mastering: [Int]] = [:]
            for (place, result) in zip(places, rendered.outputs) {
                results[place] = result
                guard let levels = result.levels, let correction = mastering.corrected(by: levels) else { continue }
                corrections[correction, default: []].append(place)
            }
            tries += corrections.map { (mastering: $0.key, places: $0.value) }
        }
        for (place, (encode, path)) in outputs.enumerated() {
            guard let result = results[place] else { throw PackagingError(.internal, "\(name) was not rendered") }
            let facts = try await folder.facts(of: path)
            guard facts.bytes == Int64(result.bytes), encode.bytes.map({ $0 == facts.bytes }) ?? true else {
                throw PackagingError(
                    .internal,
                    "\(name) has \(facts.bytes) bytes as \(encode.audio.codec.rawValue), and was planned otherwise"
                )
            }
            let file = EncodedRenders.File(path: path, facts: EncodedFile(facts, packetSizes: result.packetSizes))
            renders.provide(file, index, encode.audio)
        }
        board.finished(render: index)
        logger.debug(
            "rendered",
            metadata: ["render": "\(index)", "segments": "\(segments.count)", "encodes": "\(outputs.count)"]
        )
    }

    /// Has a worker render a chapter, and another one if the first died: a machine short of memory kills whom it likes, and
    /// only audio that kills twice is to blame.
    private func rendered(
        _ request: RenderRequest,
        called name: String,
        progress: @escaping @Sendable (Int) -> Void
    ) async throws -> RenderedChapter {
        for attempt in 1... {
            do throws(WorkerError) {
                return try await context.workers.render(request, tenant: batch.tenant, progress: progress)
            } catch {
                switch error.kind {
                case .died, .timedOut, .failed:
                    if attempt == 1 && !Task.isCancelled { continue }
                    throw PackagingError(.failedPrecondition, "could not render \(name): \(error)", cause: error)
                case .refused:
                    let segment = error.segment.map { ", segment \($0 + 1)" } ?? ""
                    throw PackagingError(.failedPrecondition, "cannot render \(name)\(segment): \(error)", cause: error)
                case .killed:
                    throw PackagingError(.unavailable, "could not render \(name): \(error)", cause: error)
                case .unavailable:
                    throw PackagingError(.unavailable, "could not start a worker: \(error)", cause: error)
                case .cancelled:
                    throw CancellationError()
                }
            }
        }
        throw CancellationError()
    }
}
