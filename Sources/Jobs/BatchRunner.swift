internal import Assets
package import Logging
import Model
package import Queue

/// Carries out claimed batches.
package struct BatchRunner: Sendable {
    private let parts: BatchParts
    private let logger: Logger

    /// A runner that works with `parts`.
    package init(parts: BatchParts, logger: Logger) {
        self.parts = parts
        self.logger = logger
    }

    /// Works on the jobs of one batch: fetches once, renders once, packages each.
    ///
    /// Returns when every job has ended, here or elsewhere, and nothing is left in scratch.
    package func run(_ batch: ClaimedBatch) async {
        do {
            try await parts.scratch.withFolder(of: batch.tenant, for: "batch") { folder in
                await run(BatchContext(batch: batch, parts: parts, scratch: folder, logger: logger))
            }
        } catch {
            // The leases expire, and the jobs are attempted again: the disk may work by then.
            logger.error("could not make a scratch folder", metadata: ["error": "\(error)"])
        }
    }

    private func run(_ context: BatchContext) async {
        // The shared work runs in a task of its own, because it must end as soon as no job wants it, even while jobs
        // still wait.
        let shared = Task {
            do {
                try await BatchWork(context: context).run()
            } catch {
                context.results.fail(error)
            }
        }
        context.batch.whenNoneLives {
            shared.cancel()
        } ended: {
            await shared.value
        }
        await withDiscardingTaskGroup { group in
            for attempt in context.batch.attempts {
                group.addTask {
                    let platform = attempt.claim.platform
                    let package = await attempt.run(JobRun(claim: attempt.claim, context: context))
                    context.sharing.ended(platform, with: package)
                }
            }
        }
        await shared.value
    }
}
