import Model
import Queue
import Store
import Testing
import Workers

@Suite("A job whose workers end while they render", .timeLimit(.minutes(5)))
struct DyingRenderTests {
    /// The job for a book of one chapter, when an attempt at it has ended. The segments are orders for a fake worker.
    private func job(_ orders: String...) async throws -> PackagingJob {
        var ended: PackagingJob?
        try await PackageLife.with { life in
            let project = try await life.project(audio: orders)
            for order in Set(orders) { try await life.record(order, for: project) }
            let batch = try await life.store.jobs.create(
                NewBatch(project: project, platforms: [.google]),
                tenant: life.tenant
            )
            let id = try #require(batch.jobs[.google]?.id)
            let healthy = HealthGate {
                true
            } look: {
                nil
            }
            try await life.withQueue(gate: healthy, workers: try .fake()) { queue in
                queue.wake()
                // The clock stands still, so that a job that waits is not claimed again.
                repeat {
                    await Task.yield()
                    ended = try await life.store.jobs.job(id, tenant: life.tenant)
                } while ended.map { !hasEnded($0) } ?? true
            }
        }
        return try #require(ended)
    }

    private func hasEnded(_ job: PackagingJob) -> Bool {
        job.status.isTerminal || job.errorMessage != nil || job.currentStep.hasPrefix("waiting")
    }

    @Test("fails when a segment ends a worker that has nothing else, and names the chapter and the segment")
    func guilty() async throws {
        let job = try await job("samples 1", "samples 2", "signal 11", "samples 4")
        #expect(job.status == .failed)
        #expect(
            job.errorMessage == """
                cannot render chapter 1 "One", segment 3: the worker was killed by signal 11 (Segmentation fault), with \
                this segment alone; record the segment again, or convert it to WAV or FLAC
                """
        )
    }

    @Test("names the segment also when it is the only one of its chapter")
    func onlyOne() async throws {
        let job = try await job("exit 3")
        #expect(job.status == .failed)
        #expect(
            job.errorMessage
                == """
                cannot render chapter 1 "One", segment 1: the worker exited with status 3, with this segment alone; record the \
                segment again, or convert it to WAV or FLAC
                """
        )
    }

    @Test("is attempted again when no segment ends a worker alone, and blames none")
    func innocent() async throws {
        let job = try await job("samples 1", "render-signal 11", "samples 3")
        #expect(job.status == .queued)
        #expect(job.attempt == 1, "the failure counts")
        #expect(
            job.errorMessage == """
                could not render chapter 1 "One": the worker was killed by signal 11 (Segmentation fault), for the \
                second time; each segment alone can be decoded
                """
        )
    }

    @Test(
        "waits at no attempt when the machine is short of something, and its step says of what",
        arguments: [
            ("render-signal 9", "the worker was killed by signal 9 (Killed)"),
            ("signal 7", "the worker was killed by signal 7 (Bus error)"),
            ("exit 127", "the worker exited with status 127"),
            ("short MEMORY_SHORT", "the worker failed: it was told to"),
            ("short SPACE_SHORT", "the disk for scratch files is full"),
            ("short DISK_FAILED", "the worker failed: it was told to"),
        ]
    )
    func waits(order: String, reason: String) async throws {
        let job = try await job("samples 1", order)
        #expect(job.status == .queued)
        #expect(job.attempt == 0)
        #expect(job.errorMessage == nil)
        #expect(job.currentStep == "waiting: could not render chapter 1 \"One\": \(reason)")
    }
}
