import Assets
import Blobs
import Concurrency
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
    let batch: ClaimedBatch
    let context: PoolContext
    let logger: Logger

    /// Returns when every job has ended, here or elsewhere, and nothing is left in scratch.
    func run(claimSent sent: ContinuousClock.Instant) async {
        do {
            try await context.scratch.withFolder(of: batch.tenant, for: "batch") { folder in
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
        let sharing = PackageSharing(batch.claims.map(\.platform))
        // A task of its own, for it ends as soon as no job wants it, whatever the jobs still wait for.
        let shared = Task {
            do {
                try await render(in: folder, renders: renders, board: board)
            } catch {
                renders.fail(error)
            }
        }
        batch.whenNoneLives { shared.cancel() }
        await withDiscardingTaskGroup { group in
            for claim in batch.claims {
                group.addTask {
                    let runner = JobRunner(
                        claim: claim,
                        batch: batch,
                        store: context.jobs,
                        blobs: context.blobs,
                        leases: context.leases,
                        fitness: context.fitness,
                        givenBack: context.givenBack,
                        wakeUps: context.wakeUps,
                        scratch: folder,
                        renders: renders,
                        sharing: sharing,
                        progress: board,
                        validation: PackageValidation(
                            jobs: context.jobs,
                            packages: context.packages,
                            inspector: PackageInspector(blobs: context.blobs, workers: context.workers),
                            scratch: folder,
                            logger: logger
                        ),
                        logger: logger
                    )
                    await LogFacts.$current.withValue(claim.logFacts) { await runner.run(claimSent: sent) }
                }
            }
        }
        await shared.value
    }

    private func render(in folder: ScratchFolder, renders: EncodedRenders, board: BatchBoard) async throws {
        let plan = try await frozenPlan(in: folder, renders: renders, board: board)
        let equals = try await packages(equalTo: plan)
        renders.equals.settle(.success(equals))
        let platforms = batch.platforms.subtracting(equals.keys)
        if !platforms.isEmpty { try await fetchCover(of: plan, in: folder, renders: renders) }
        let copied = try await copy(
            plan.encodings(for: platforms),
            of: plan,
            in: folder,
            renders: renders,
            board: board
        )
        let encodings = plan.encodings(for: platforms, except: copied)
        let work = Dictionary(grouping: encodings, by: \.render).sorted { $0.key < $1.key }
        let paths = try await fetchAudio(of: work.map(\.key), of: plan, in: folder, board: board)
        board.beginRendering(encodings, of: plan)
        renders.plan.settle(.success(plan))
        try await withThrowingTaskGroup { group in
            for (render, places) in work {
                group.addTask {
                    let encodes = places.map(\.encode)
                    try await self.render(
                        render,
                        encodes,
                        of: plan,
                        paths: paths,
                        in: folder,
                        renders: renders,
                        board: board
                    )
                }
            }
            try await group.waitForAll()
        }
    }
}
