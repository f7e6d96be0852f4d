import Assets
import Blobs
import Concurrency
import Model
import Planning
import Store
import Workers

extension BatchRunner {
    /// The plan that holds for the batch: the one that was stored first, by this attempt or an earlier one.
    func frozenPlan(
        in folder: ScratchFolder,
        renders: EncodedRenders,
        board: BatchBoard
    ) async throws -> BatchPlan {
        let row = try await context.jobs.batch(batch.id, tenant: batch.tenant)
        if let frozen = row?.finalPlan {
            renders.speaks.settle(.success(false))
            return try PlanCoding.decode(frozen)
        }
        let platforms = try await context.jobs.jobs(batch: batch.id, tenant: batch.tenant).map(\.platform)
        var book = try await book()
        if row?.options.generateMissingAudio == true {
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
        return try await batch.freeze(plan, in: context.jobs)
    }

    private func book() async throws -> BookSnapshot {
        guard let book = try await context.projects.snapshot(of: batch.project, tenant: batch.tenant) else {
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
            tenant: batch.tenant,
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

    /// The newest packages that equal those of the plan and are there already: of the same platform where there is one, else
    /// of another.
    func packages(equalTo plan: BatchPlan) async throws -> [Platform: StoredPackage] {
        let platforms = batch.platforms
        let recipes = plan.recipes.filter { platforms.contains($0.key) }
        let there = try await context.packages.packages(
            recipes: recipes.values,
            project: batch.project,
            tenant: batch.tenant
        )
        var equals: [Platform: StoredPackage] = [:]
        for (platform, recipe) in recipes {
            let equal = there.filter { $0.recipe == recipe }
            equals[platform] = equal.first { $0.platform == platform } ?? equal.first
        }
        return equals
    }
}
