import Model
import Planning

/// The progress of a batch, in the words and numbers that watchers see.
///
/// A value without a clock: the caller passes the time. Percentages follow the cost of the work (``WorkCost``): what was
/// done of everything that the job needs, from speech to validation. Only the row of a completed job has 100 percent.
struct BatchProgress: Sendable {
    /// The progress that a job reports.
    struct Report: Sendable, Hashable {
        var phase: JobPhase
        /// 0 through 99.
        var percent: Int
        /// The time left; nil until enough was done to estimate it.
        var left: Duration?
    }

    /// What is made for one platform.
    struct Package: Sendable, Hashable {
        /// The name of its codec, for people: `MP3` or `AAC`.
        var codec: String
        /// The number of chapters of the book.
        var chapters: Int
        /// What is encoded for it, in reading order; all its chapters until it is known which are copied.
        var renders: [Render]
        /// What is copied for it from earlier packages and is not there yet, in reading order.
        var copies: [Render] = []
        var bytes: Int64
        var samples: Int
        var isValidated: Bool
    }

    /// One encoding of a render: its place in the plan, the number of its chapter in the book, and its length.
    struct Render: Sendable, Hashable {
        var place: EncodingPlace
        var chapter: Int
        var samples: Int
    }

    private enum Stage {
        case preparing(JobPhase)
        /// Audio is fetched, and chapters are copied and encoded, all at once.
        case making
    }

    /// A part of the work that all jobs of the batch wait for: its cost, and how much of it is done, 0 through 1.
    private struct Shared {
        var cost = 0.0
        var done = 0.0
    }

    private var stage = Stage.preparing(.planning)
    private var speech = Shared()
    private var copies = Shared()
    private var fetches = Shared()
    /// The number of segments that are fetched, and how many of them are there.
    private var segments = (fetched: 0, count: 0)
    private var packages: [Platform: Package] = [:]
    /// How much of an encoding is done, in samples.
    private struct Rendered {
        var done = 0
        /// What was encoded in vain, because its levels were not those that are wanted.
        var earlier = 0
        /// What is encoded in addition to its length, because of that.
        var again = 0
    }

    private var rendered: [EncodingPlace: Rendered] = [:]
    private var finished: Set<EncodingPlace> = []
    /// When the work began that the time left is estimated from, without the time in which it waited.
    private var begin: ContinuousClock.Instant?
    private var waitsSince: ContinuousClock.Instant?
    /// The greatest percentage that was reported for each platform.
    private var shown: [Platform: Int] = [:]

    // MARK: What will be done

    /// These packages will be made, as far as is known now.
    mutating func plans(_ packages: [Platform: Package]) {
        self.packages = packages
    }

    /// The chapters are made from now on: for each platform these are encoded, and these copied. All others exist already,
    /// or are not wanted.
    mutating func makes(
        _ work: [Platform: (renders: [Render], copies: [Render])],
        copying bytes: Int64,
        at now: ContinuousClock.Instant
    ) {
        works(at: now)
        stage = .making
        copies.cost = WorkCost.moving(bytes: bytes)
        for platform in packages.keys {
            packages[platform]?.renders = work[platform]?.renders ?? []
            packages[platform]?.copies = work[platform]?.copies ?? []
        }
    }

    // MARK: What is done

    /// The work waits, and goes on by itself. The reason is the one that a postponed job gives.
    mutating func waits(for reason: String, at now: ContinuousClock.Instant) {
        stage = .preparing(.waiting(reason))
        waitsSince = waitsSince ?? now
    }

    /// `done` of `count` missing segments have been spoken, which are `samples` long together.
    mutating func spoke(_ done: Int, of count: Int, samples: Int, at now: ContinuousClock.Instant) {
        works(at: now)
        stage = .preparing(.speaking(segment: min(done + 1, count), of: count))
        speech = Shared(cost: WorkCost.speaking(samples: samples), done: Self.part(done, of: count))
    }

    /// The share `done` of the bytes that are copied is there, 0 through 1, and with it an encoding.
    mutating func copied(_ place: EncodingPlace, done: Double) {
        copies.done = done
        for platform in packages.keys { packages[platform]?.copies.removeAll { $0.place == place } }
    }

    /// These encodings could not be copied: they are encoded.
    mutating func encodesCopies(_ places: Set<EncodingPlace>) {
        for platform in packages.keys {
            guard let failed = packages[platform]?.copies.filter({ places.contains($0.place) }), !failed.isEmpty else {
                continue
            }
            packages[platform]?.copies.removeAll { places.contains($0.place) }
            packages[platform]?.renders += failed
            packages[platform]?.renders.sort { $0.place.render < $1.place.render }
        }
    }

    /// `done` of `count` segments have been fetched, which have `bytes` together.
    mutating func fetched(_ done: Int, of count: Int, bytes: Int64, at now: ContinuousClock.Instant) {
        works(at: now)
        segments = (done, count)
        fetches = Shared(cost: WorkCost.moving(bytes: bytes), done: Self.part(done, of: count))
    }

    /// The audio of these encodings of one render is there, and they begin, or `samples` of each are done.
    mutating func rendered(_ samples: Int, of places: [EncodingPlace]) {
        for place in places { rendered[place, default: Rendered()].done = samples }
    }

    /// A render of so many samples was encoded, and has to be encoded in this many other ways, because its levels are not
    /// those that are wanted.
    mutating func rendersAgain(_ places: [EncodingPlace], samples: Int, ways: Int) {
        for place in places {
            rendered[place, default: Rendered()].earlier += samples
            rendered[place, default: Rendered()].again += samples * ways
            rendered[place, default: Rendered()].done = 0
        }
    }

    /// These encodings are complete.
    mutating func finished(_ places: [EncodingPlace]) {
        finished.formUnion(places)
    }

    // MARK: What is told

    /// The progress of the job of `platform` now.
    mutating func report(
        of platform: Platform,
        _ activity: JobActivity.State,
        at now: ContinuousClock.Instant
    ) -> Report {
        let package = packages[platform]
        let phase = phase(of: package, activity)
        let part = part(of: package, activity)
        let percent = max(shown[platform] ?? 0, min(99, Int(99 * part)))
        shown[platform] = percent
        return Report(phase: phase, percent: percent, left: timeLeft(part, at: now))
    }

    private func phase(of package: Package?, _ activity: JobActivity.State) -> JobPhase {
        switch activity.stage {
        case .storing: return .storing
        case .validating: return .validating
        case .packaging: return package?.isValidated == true ? .packaging : .storing
        case .shared: break
        }
        switch stage {
        case .preparing(let phase): return phase
        case .making: return making(package)
        }
    }

    /// What is told while chapters are made. The order of the phases is the same for every package, whatever is done at the
    /// same time: its status never falls back.
    private func making(_ package: Package?) -> JobPhase {
        guard let package else { return .storing }
        let isEncoding = package.renders.contains { rendered[$0.place] != nil || finished.contains($0.place) }
        if let next = package.renders.first(where: { !finished.contains($0.place) }) {
            guard isEncoding || segments.count == 0 else {
                return .fetching(segment: min(segments.fetched + 1, segments.count), of: segments.count)
            }
            return .encoding(chapter: next.chapter, of: package.chapters, codec: package.codec)
        }
        if let next = package.copies.first {
            return isEncoding ? .packaging : .copying(chapter: next.chapter, of: package.chapters)
        }
        return package.isValidated ? .packaging : .storing
    }

    /// The part of the job's work that is done, 0 through 1.
    private func part(of package: Package?, _ activity: JobActivity.State) -> Double {
        var (done, total) = (0.0, 0.0)
        func add(_ cost: Double, _ part: Double) {
            done += cost * min(1, max(0, part))
            total += cost
        }
        for shared in [speech, copies, fetches] { add(shared.cost, shared.done) }
        if let package {
            for render in package.renders {
                let progress = rendered[render.place] ?? Rendered()
                let samples = render.samples + progress.again
                let encoded = finished.contains(render.place) ? samples : progress.earlier + progress.done
                add(WorkCost.encoding(samples: samples), Self.part(encoded, of: samples))
            }
            add(WorkCost.storing(bytes: package.bytes), activity.stored)
            if package.isValidated {
                let validated = activity.stage == .storing ? package.samples : activity.validatedSamples
                add(WorkCost.validating(samples: package.samples), Self.part(validated, of: package.samples))
            }
        }
        return total > 0 ? done / total : 0
    }

    /// Estimates the time left from the speed so far. Returns nil before half a second and 0.2 percent of the work,
    /// because the start of the work says too little about its speed, and while the work waits.
    private func timeLeft(_ part: Double, at now: ContinuousClock.Instant) -> Duration? {
        guard let begin, waitsSince == nil else { return nil }
        let elapsed = now - begin
        guard part >= 0.002, elapsed >= .milliseconds(500) else { return nil }
        return elapsed * ((1 - part) / part)
    }

    /// The work goes on. Time in which it waited says nothing about its speed.
    private mutating func works(at now: ContinuousClock.Instant) {
        if let since = waitsSince { begin = begin.map { $0 + (now - since) } }
        waitsSince = nil
        begin = begin ?? now
    }

    private static func part(_ done: Int, of count: Int) -> Double {
        count == 0 ? 1 : Double(done) / Double(count)
    }
}
