import Model
import Planning
import Synchronization

/// The progress of one batch. The batch's work writes it, and the beats read it.
final class BatchBoard: Sendable {
    private let progress = Mutex(BatchProgress())

    private var now: ContinuousClock.Instant { ContinuousClock().now }

    /// What will be done by `plan`, which may be a draft: the packages of `platforms` are encoded, and the others are there
    /// already.
    func plans(_ plan: BatchPlan, encoding platforms: Set<Platform>, isValidated: Bool) {
        let packages = plan.packages.map { package in
            let planned = BatchProgress.Package(
                codec: package.audio.codec.rawValue.uppercased(),
                chapters: plan.chapters.count,
                renders: platforms.contains(package.platform) ? package.renders.map { plan.render($0) } : [],
                bytes: platforms.contains(package.platform) ? package.size : 0,
                samples: package.samples,
                isValidated: isValidated
            )
            return (package.platform, planned)
        }
        progress.withLock { $0.plans(Dictionary(packages) { first, _ in first }) }
    }

    /// `done` of `count` missing segments have been spoken, which are about `samples` long together.
    func spoke(_ done: Int, of count: Int, samples: Int) {
        progress.withLock { $0.spoke(done, of: count, samples: samples, at: now) }
    }

    /// The work waits for room on a disk.
    func waits(for reason: String) {
        progress.withLock { $0.waits(for: reason, at: now) }
    }

    /// `done` of `count` encodings have been copied from earlier packages, which have `bytes` together. The next is of
    /// a chapter of the book.
    func copied(_ done: Int, of count: Int, bytes: Int64, chapter: (number: Int, of: Int)) {
        progress.withLock { $0.copied(done, of: count, bytes: bytes, chapter: chapter, at: now) }
    }

    /// `done` of `count` segments have been fetched, which have `bytes` together.
    func fetched(_ done: Int, of count: Int, bytes: Int64) {
        progress.withLock { $0.fetched(done, of: count, bytes: bytes, at: now) }
    }

    /// The work starts to render these encodings of a plan, for packages of `platforms`. All other encodings exist already.
    func beginRendering(_ encodings: [EncodingPlace], of plan: BatchPlan, for platforms: Set<Platform>) {
        let renders = plan.packages.filter { platforms.contains($0.platform) }.map { package in
            let wanted = encodings.filter { package.renders.contains($0.render) && plan[$0].audio == package.audio }
            return (package.platform, wanted.map { plan.render($0.render) })
        }
        progress.withLock { $0.beginRendering(Dictionary(renders) { first, _ in first }, at: now) }
    }

    /// `samples` of a render have been encoded.
    func rendered(_ samples: Int, of render: Int) {
        progress.withLock { $0.rendered(samples, of: render) }
    }

    /// A render of so many samples was encoded, and has to be encoded in this many other ways.
    func rendersAgain(_ render: Int, samples: Int, ways: Int) {
        progress.withLock { $0.rendersAgain(render, samples: samples, ways: ways) }
    }

    /// A render has been encoded completely.
    func finished(render: Int) {
        progress.withLock { $0.finished(render) }
    }

    /// The progress of the job of `platform` now.
    func report(of platform: Platform, _ activity: JobActivity.State) -> BatchProgress.Report {
        progress.withLock { $0.report(of: platform, activity, at: now) }
    }
}

extension BatchPlan {
    /// A render as people are told about it.
    fileprivate func render(_ place: Int) -> BatchProgress.Render {
        let render = renders[place]
        return BatchProgress.Render(
            place: place,
            chapter: chapters[render.chapter].number,
            samples: render.timeline.total
        )
    }
}
