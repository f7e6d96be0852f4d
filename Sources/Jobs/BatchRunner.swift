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
            let folder = try await parts.scratch.withFolder(of: batch.tenant, for: "batch") { folder in
                await run(BatchContext(batch: batch, parts: parts, scratch: folder, logger: logger)) {
                    try await $0.run()
                }
                return folder
            }
            // Only now its bytes are gone.
            parts.room.leave(folder)
        } catch {
            logger.warning("could not make a scratch folder", metadata: ["error": "\(error)"])
            // Every job ends with the error, so that its row tells what is waited for.
            await run(BatchContext(batch: batch, parts: parts, scratch: .missing, logger: logger)) { _ in throw error }
        }
    }

    private func run(_ context: BatchContext, _ work: @escaping @Sendable (BatchWork) async throws -> Void) async {
        // The shared work runs in a task of its own, because it must end as soon as no job wants it, even while jobs
        // still wait.
        let shared = Task {
            do {
                try await work(BatchWork(context: context))
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
