import Blobs
import Files
import Logging
import Model
import Packagers
import Planning
import Platforms
import Store
import Workers

/// Works on the jobs of one batch that this daemon claimed: fetches once, renders once, packages each.
struct BatchRunner: Sendable {
    /// Segments fetched at once.
    private static let fetches = 8

    let claims: [Claim]
    let context: PoolContext
    let logger: Logger

    /// Returns when every job has ended, here or elsewhere, and nothing is left in scratch.
    func run(claimSent sent: ContinuousClock.Instant) async {
        do {
            try await context.scratch.withFolder(of: claims[0].tenant, for: "batch") { folder in
                await run(in: folder, claimSent: sent)
            }
        } catch {
            // The leases run out, and the jobs are tried again: the disk may be well by then.
            logger.error("could not make a scratch folder", metadata: ["error": "\(error)"])
        }
    }

    private func run(in folder: ScratchFolder, claimSent sent: ContinuousClock.Instant) async {
        let renders = EncodedRenders()
        let board = BatchBoard()
        let sharing = PackageSharing(claims.map(\.platform))
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                do {
                    try await render(in: folder, renders: renders, board: board)
                } catch {
                    renders.fail(error)
                }
                return false
            }
            for claim in claims {
                group.addTask {
                    var logger = logger
                    logger[metadataKey: "job"] = "\(claim.job)"
                    logger[metadataKey: "platform"] = "\(claim.platform.rawValue)"
                    let runner = JobRunner(
                        claim: claim,
                        store: context.jobs,
                        blobs: context.blobs,
                        leases: context.leases,
                        wakeUps: context.wakeUps,
                        scratch: folder,
                        renders: renders,
                        sharing: sharing,
                        progress: board,
                        validation: PackageValidation(
                            jobs: context.jobs,
                            packages: context.packages,
                            blobs: context.blobs,
                            workers: context.workers,
                            scratch: folder,
                            logger: logger
                        ),
                        logger: logger
                    )
                    await runner.run(claimSent: sent)
                    return true
                }
            }
            // Rendering goes on as long as one job wants it.
            var living = claims.count
            for await isJob in group where isJob {
                living -= 1
                if living == 0 { group.cancelAll() }
            }
        }
    }

    // MARK: Rendering

    private func render(in folder: ScratchFolder, renders: EncodedRenders, board: BatchBoard) async throws {
        let plan = try await frozenPlan(in: folder, renders: renders, board: board)
        let paths = try await fetch(plan, in: folder, renders: renders, board: board)
        board.beginRendering(plan)
        renders.plan.settle(.success(plan))
        try await withThrowingTaskGroup { group in
            for index in plan.renders.indices {
                group.addTask {
                    try await render(index, of: plan, paths: paths, in: folder, renders: renders, board: board)
                }
            }
            try await group.waitForAll()
        }
    }

    /// The plan that holds for the batch: the one stored by the first claim, which may be this one.
    private func frozenPlan(
        in folder: ScratchFolder,
        renders: EncodedRenders,
        board: BatchBoard
    ) async throws -> BatchPlan {
        let claim = claims[0]
        let batch = try await context.jobs.batch(claim.batch, tenant: claim.tenant)
        if let frozen = batch?.finalPlan {
            renders.speaks.settle(.success(false))
            return try PlanCoding.decode(frozen)
        }
        let platforms = try await context.jobs.jobs(batch: claim.batch, tenant: claim.tenant).map(\.platform)
        var book = try await book()
        if batch?.options.generateMissingAudio == true {
            book = try await speakMissingAudio(of: book, in: folder, renders: renders, board: board)
        }
        renders.speaks.settle(.success(false))
        let plan = try BatchPlan(of: book, for: platforms, encoderBuild: context.encoderBuild)
        guard plan.isComplete else {
            throw PackagingError(
                .failedPrecondition,
                "audio of the book is missing",
                hint: "Run \"packctl readiness \(book.slug)\" to see which."
            )
        }
        let text = try PlanCoding.encode(plan)
        guard let frozen = try await context.jobs.freezePlan(text, recipes: plan.recipes, claim: claim) else {
            throw PackagingError(.aborted, "the job belongs to another try")
        }
        return try PlanCoding.decode(frozen)
    }

    private func book() async throws -> BookSnapshot {
        guard let book = try await context.projects.snapshot(of: claims[0].project, tenant: claims[0].tenant) else {
            throw PackagingError(.notFound, "the project was deleted")
        }
        return book
    }

    /// Speaks what is missing, and gives the book as it is then.
    private func speakMissingAudio(
        of snapshot: BookSnapshot,
        in folder: ScratchFolder,
        renders: EncodedRenders,
        board: BatchBoard
    ) async throws -> BookSnapshot {
        var book = snapshot
        let missing = MissingAudio(
            providers: context.speech,
            audio: context.audio,
            blobs: context.blobs,
            workers: context.workers,
            tenant: claims[0].tenant,
            scratch: folder
        )
        // A book that is changed while it is spoken is looked at again; what was spoken is not spoken twice.
        for _ in 0..<3 {
            let speech = SpeechPlan(of: book, providers: Set(context.speech.keys))
            guard !speech.lines.isEmpty else { break }
            board.spoke(0, of: speech.lines.count)
            renders.speaks.settle(.success(true))
            try await missing.speak(speech, of: book.id, revision: book.revision) { done in
                board.spoke(done, of: speech.lines.count)
            }
            book = try await self.book()
        }
        return book
    }

    /// Brings every segment and the cover here, each once.
    ///
    /// - Returns: The paths of the segments' files by digest.
    private func fetch(
        _ plan: BatchPlan,
        in folder: ScratchFolder,
        renders: EncodedRenders,
        board: BatchBoard
    ) async throws -> [Digest: String] {
        let sources = SourceFiles(blobs: context.blobs, scratch: folder)
        if let cover = plan.cover {
            let location = TenantContainers.content("covers", cover.digest, of: claims[0].tenant)
            let path = try await sources.path(
                of: location,
                digest: cover.digest,
                bytes: cover.bytes,
                called: "the cover"
            )
            let checksums = try await folder.perform { () throws(FileError) in try SourceFiles.checksums(of: path) }
            let facts = EncodedFile(bytes: checksums.bytes, crc32: checksums.crc32, digest: checksums.digest)
            renders.cover.settle(.success(EncodedRenders.File(path: path, facts: facts)))
        } else {
            renders.cover.settle(.success(nil))
        }

        var wanted: [(audio: BatchPlan.Audio, name: String)] = []
        var seen: Set<Digest> = []
        for chapter in plan.chapters {
            for (index, segment) in chapter.segments.enumerated() {
                guard let audio = segment.audio, seen.insert(audio.digest).inserted else { continue }
                wanted.append((audio, "the audio of chapter \(chapter.number) segment \(index + 1)"))
            }
        }
        return try await withThrowingTaskGroup(of: (Digest, String).self) { group in
            var paths: [Digest: String] = [:]
            var pending = wanted[...]
            func start() {
                guard let (audio, name) = pending.popFirst() else { return }
                group.addTask {
                    let path = try await sources.path(
                        of: audio.location,
                        digest: audio.digest,
                        bytes: audio.bytes,
                        called: name
                    )
                    return (audio.digest, path)
                }
            }
            for _ in 0..<Self.fetches { start() }
            for try await (digest, path) in group {
                paths[digest] = path
                board.fetched(paths.count, of: wanted.count)
                start()
            }
            return paths
        }
    }

    private func render(
        _ index: Int,
        of plan: BatchPlan,
        paths: [Digest: String],
        in folder: ScratchFolder,
        renders: EncodedRenders,
        board: BatchBoard
    ) async throws {
        let render = plan.renders[index]
        let segments = Array(plan.segments(of: render))
        let ends = segments.indices.map { render.timeline.starts[$0] + segments[$0].samples }
        let outputs = render.encodes.enumerated().map { place, encode in
            (audio: encode.audio, path: folder.file("render-\(index)-\(place)"))
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
                RenderRequest.Output(spec: outputs[$0].audio, file: .writing(outputs[$0].path))
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
        for (place, encode) in render.encodes.enumerated() {
            let (audio, path) = outputs[place]
            guard let result = results[place] else { throw PackagingError(.internal, "\(name) was not rendered") }
            let checksums = try await folder.perform { () throws(FileError) in try SourceFiles.checksums(of: path) }
            guard checksums.bytes == Int64(result.bytes), encode.bytes.map({ $0 == checksums.bytes }) ?? true else {
                throw PackagingError(
                    .internal,
                    "\(name) has \(checksums.bytes) bytes as \(audio.codec.rawValue), and was planned otherwise"
                )
            }
            let facts = EncodedFile(
                bytes: checksums.bytes,
                crc32: checksums.crc32,
                digest: checksums.digest,
                packetSizes: result.packetSizes
            )
            renders.provide(EncodedRenders.File(path: path, facts: facts), index, audio)
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
                return try await context.workers.render(request, tenant: claims[0].tenant, progress: progress)
            } catch {
                switch error.kind {
                case .died, .timedOut, .failed:
                    if attempt == 1 && !Task.isCancelled { continue }
                    throw PackagingError(.failedPrecondition, "could not render \(name): \(error)", cause: error)
                case .refused:
                    let segment = error.segment.map { ", segment \($0 + 1)" } ?? ""
                    throw PackagingError(.failedPrecondition, "cannot render \(name)\(segment): \(error)", cause: error)
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
