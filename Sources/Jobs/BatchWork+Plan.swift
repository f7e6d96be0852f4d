import Assets
import Blobs
import Concurrency
import Model
import Planning
import Queue
import Store
import Workers

extension BatchWork {
    /// The plan that the batch uses: the one that was stored first, by this attempt or an earlier one.
    func frozenPlan() async throws -> BatchPlan {
        let (batch, results) = (context.batch, context.results)
        let row = try await context.parts.jobs.batch(batch.id, tenant: batch.tenant)
        let options = row?.options ?? BatchOptions()
        results.options.settle(.success(options))
        if let frozen = row?.finalPlan {
            results.speaks.settle(.success(0))
            return try BatchPlan(json: frozen)
        }
        let platforms = try await context.parts.jobs.jobs(batch: batch.id, tenant: batch.tenant).map(\.platform)
        var book = try await book()
        if options.generateMissingAudio {
            book = try await speakMissingAudio(of: book, for: platforms, isValidated: options.validateAfterCreation)
        }
        results.speaks.settle(.success(0))
        let plan = try BatchPlan(of: book, for: platforms, encoderBuild: context.parts.encoderBuild)
        guard plan.isComplete else {
            let missing = plan.chapters.map { $0.segments.count { $0.audio == nil } }
            throw PackagingError(
                .failedPrecondition,
                "audio of the book is missing: \(missing.reduce(0, +)) segments in \(missing.count { $0 > 0 }) of "
                    + "\(missing.count) chapters have none; \"packctl readiness \(book.slug)\" lists them"
            )
        }
        let frozen = try await batch.freeze(try plan.json, recipes: plan.recipes)
        return try BatchPlan(json: frozen)
    }

    private func book() async throws -> BookSnapshot {
        let (project, tenant) = (context.batch.project, context.batch.tenant)
        guard let book = try await context.parts.projects.snapshot(of: project, tenant: tenant) else {
            throw PackagingError(.notFound, "the project was deleted")
        }
        return book
    }

    /// Speaks the segments that have no audio, and returns the book with the new audio.
    private func speakMissingAudio(
        of snapshot: BookSnapshot,
        for platforms: [Platform],
        isValidated: Bool
    ) async throws -> BookSnapshot {
        let (parts, board) = (context.parts, context.board)
        var book = snapshot
        let missing = MissingAudio(
            providers: parts.speech,
            audio: parts.audio,
            blobs: parts.blobs,
            workers: parts.workers,
            tenant: context.batch.tenant,
            scratch: context.scratch
        )
        // If the book is changed while it is spoken, this looks at it again. Segments that were spoken are not spoken
        // twice.
        for _ in 0..<3 {
            let speech = SpeechPlan(of: book, providers: Set(parts.speech.keys))
            guard !speech.lines.isEmpty else { break }
            // The draft has estimated lengths, which say how large a part of the work the speech is.
            let draft = try BatchPlan(of: book, for: platforms, encoderBuild: parts.encoderBuild)
            let samples = draft.samplesWithoutAudio
            board.plans(draft, encoding: Set(platforms), isValidated: isValidated)
            board.spoke(0, of: speech.lines.count, samples: samples)
            context.results.speaks.settle(.success(speech.lines.count))
            try await missing.speak(speech, of: book.id, revision: book.revision) { done in
                board.spoke(done, of: speech.lines.count, samples: samples)
            }
            book = try await self.book()
        }
        return book
    }

    /// For each platform, the existing package that equals the planned one, as ``BatchPlan/equals(for:among:)`` chooses it.
    func packages(equalTo plan: BatchPlan) async throws -> [Platform: StoredPackage] {
        let batch = context.batch
        let there = try await context.parts.packages.packages(
            recipes: plan.recipes.values,
            project: batch.project,
            tenant: batch.tenant
        )
        return plan.equals(for: batch.platforms, among: there)
    }
}
