import Model
import Planning
import Synchronization

/// The progress of one batch, shared between the work that makes it and the beats that tell it.
final class BatchBoard: Sendable {
    private let progress = Mutex(BatchProgress())
    /// What is encoded for each platform: to which codec, and which renders.
    private let work = Mutex<[Platform: (codec: String, renders: Set<Int>)]>([:])

    /// `done` of `count` missing segments are spoken.
    func spoke(_ done: Int, of count: Int) {
        progress.withLock { $0.spoke(done, of: count) }
    }

    /// `done` of `count` chapters are copied from packages that are there.
    func copied(_ done: Int, of count: Int) {
        progress.withLock { $0.copied(done, of: count) }
    }

    /// `done` of `count` segments are here.
    func fetched(_ done: Int, of count: Int) {
        progress.withLock { $0.fetched(done, of: count) }
    }

    /// These encodings of a plan are made from now on; all others are there, or are not wanted.
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

    /// `samples` of a render went through the encoders.
    func rendered(_ samples: Int, of render: Int) {
        progress.withLock { $0.rendered(samples, ofChapter: render) }
    }

    /// All of a render is encoded.
    func finished(render: Int) {
        progress.withLock { $0.finished(chapter: render) }
    }

    /// What the job of `platform` says now, of whose package the part `uploaded` is stored.
    func report(of platform: Platform, uploaded: Double) -> BatchProgress.Report {
        let (codec, renders) = work.withLock { $0[platform] } ?? ("", [])
        return progress.withLock {
            $0.report(codec: codec, chapters: renders, uploaded: uploaded, at: ContinuousClock().now)
        }
    }
}
