import Model
import Planning
import Synchronization

/// The progress of one batch, shared between the work that makes it and the beats that tell it.
final class BatchBoard: Sendable {
    private let progress = Mutex(BatchProgress())
    private let codecs = Mutex<[Platform: String]>([:])

    /// `done` of `count` missing segments are spoken.
    func spoke(_ done: Int, of count: Int) {
        progress.withLock { $0.spoke(done, of: count) }
    }

    /// `done` of `count` segments are here.
    func fetched(_ done: Int, of count: Int) {
        progress.withLock { $0.fetched(done, of: count) }
    }

    /// The renders of a plan are encoded from now on.
    func beginRendering(_ plan: BatchPlan) {
        codecs.withLock { codecs in
            for package in plan.packages { codecs[package.platform] = package.audio.codec.rawValue.uppercased() }
        }
        progress.withLock { $0.beginRendering(plan.renders.map(\.timeline.total), at: ContinuousClock().now) }
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
        let codec = codecs.withLock { $0[platform] } ?? ""
        return progress.withLock { $0.report(codec: codec, uploaded: uploaded, at: ContinuousClock().now) }
    }
}
