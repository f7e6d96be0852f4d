import Model
import Planning
import Synchronization

/// The progress of one batch. The batch's work writes it, and the beats read it.
final class BatchBoard: Sendable {
    private let progress = Mutex(BatchProgress())
    /// For each platform, the codec and the renders that are encoded to it.
    private let work = Mutex<[Platform: (codec: String, renders: Set<Int>)]>([:])

    /// `done` of `count` missing segments have been spoken.
    func spoke(_ done: Int, of count: Int) {
        progress.withLock { $0.spoke(done, of: count) }
    }

    /// The work waits for room on a disk.
    func waits(for reason: String) {
        progress.withLock { $0.waits(for: reason) }
    }

    /// `done` of `count` chapters have been copied from earlier packages.
    func copied(_ done: Int, of count: Int) {
        progress.withLock { $0.copied(done, of: count) }
    }

    /// `done` of `count` segments have been fetched.
    func fetched(_ done: Int, of count: Int) {
        progress.withLock { $0.fetched(done, of: count) }
    }

    /// The work starts to render these encodings of a plan. All other encodings exist already, or are not wanted.
    func beginRendering(_ encodings: [EncodingPlace], of plan: BatchPlan) {
        work.withLock { work in
            for package in plan.packages {
                let renders = encodings.filter {
                    package.renders.contains($0.render) && plan[$0].audio == package.audio
                }
                work[package.platform] = (package.audio.codec.rawValue.uppercased(), Set(renders.map(\.render)))
            }
        }
        let lengths = encodings.map { ($0.render, plan.renders[$0.render].timeline.total) }
        progress.withLock {
            $0.beginRendering(Dictionary(lengths) { length, _ in length }, at: ContinuousClock().now)
        }
    }

    /// `samples` of a render have been encoded.
    func rendered(_ samples: Int, of render: Int) {
        progress.withLock { $0.rendered(samples, ofChapter: render) }
    }

    /// A render has been encoded completely.
    func finished(render: Int) {
        progress.withLock { $0.finished(chapter: render) }
    }

    /// The progress of the job of `platform` now. `uploaded` is the stored part of its package, 0 through 1.
    func report(of platform: Platform, uploaded: Double) -> BatchProgress.Report {
        let (codec, renders) = work.withLock { $0[platform] } ?? ("", [])
        return progress.withLock {
            $0.report(codec: codec, chapters: renders, uploaded: uploaded, at: ContinuousClock().now)
        }
    }
}
