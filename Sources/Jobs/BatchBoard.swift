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
                renders: platforms.contains(package.platform) ? plan.renders(of: package) : [],
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

    /// The work starts to make the chapters of a plan for packages of `platforms`: it encodes `encodings`, and copies
    /// `copies`, which have `bytes` together. All others exist already.
    func makes(
        _ encodings: some Sequence<EncodingPlace>,
        copying copies: some Sequence<EncodingPlace>,
        bytes: Int64,
        of plan: BatchPlan,
        for platforms: Set<Platform>
    ) {
        let (encodings, copies) = (Set(encodings), Set(copies))
        let work = plan.packages.filter { platforms.contains($0.platform) }.map { package in
            let all = plan.renders(of: package)
            let renders = all.filter { encodings.contains($0.place) }
            return (package.platform, (renders: renders, copies: all.filter { copies.contains($0.place) }))
        }
        progress.withLock { $0.makes(Dictionary(work) { first, _ in first }, copying: bytes, at: now) }
    }

    /// The share `done` of what is copied is there, 0 through 1, and with it an encoding.
    func copied(_ place: EncodingPlace, done: Double) {
        progress.withLock { $0.copied(place, done: done) }
    }

    /// These encodings could not be copied: they are encoded.
    func encodesCopies(_ places: Set<EncodingPlace>) {
        progress.withLock { $0.encodesCopies(places) }
    }

    /// `done` of `count` segments have been fetched, which have `bytes` together.
    func fetched(_ done: Int, of count: Int, bytes: Int64) {
        progress.withLock { $0.fetched(done, of: count, bytes: bytes, at: now) }
    }

    /// The audio of these encodings of a render is there, and they begin, or `samples` of each are done.
    func rendered(_ samples: Int, of places: [EncodingPlace]) {
        progress.withLock { $0.rendered(samples, of: places) }
    }

    /// A render of so many samples was encoded, and has to be encoded in this many other ways.
    func rendersAgain(_ places: [EncodingPlace], samples: Int, ways: Int) {
        progress.withLock { $0.rendersAgain(places, samples: samples, ways: ways) }
    }

    /// These encodings are complete.
    func finished(_ places: [EncodingPlace]) {
        progress.withLock { $0.finished(places) }
    }

    /// The progress of the job of `platform` now.
    func report(of platform: Platform, _ activity: JobActivity.State) -> BatchProgress.Report {
        progress.withLock { $0.report(of: platform, activity, at: now) }
    }
}

extension BatchPlan {
    /// The encodings of a package as people are told about them, in reading order.
    fileprivate func renders(of package: PackagePlan) -> [BatchProgress.Render] {
        package.renders.compactMap { place in
            let render = renders[place]
            guard let encode = render.encodes.firstIndex(where: { $0.audio == package.audio }) else { return nil }
            return BatchProgress.Render(
                place: EncodingPlace(render: place, encode: encode),
                chapter: chapters[render.chapter].number,
                samples: render.timeline.total
            )
        }
    }
}
