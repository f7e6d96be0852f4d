internal import Glibc
package import Model
internal import Platforms

/// What is done to the levels of one encoding of a chapter: a gain on its segments, and a limiter on all of it.
///
/// It begins with what the segments' measurements ask for, and is corrected by what the encoded chapter measures, as lossy
/// encoders move peaks and levels. Each encoding is corrected for itself, so that its bytes do not depend on which others
/// are made with it.
package struct Mastering: Sendable, Hashable {
    /// Gain on the segments in dB. Room tone has none.
    package let gainDecibels: Double
    /// The level below which peaks are kept, in dB of full scale; nil for no limiter.
    package let limitDecibels: Double?
    private let tries: Int

    /// The window that encoded chapters are brought into: ACX's, the one store that measures.
    private static let window = RulePack.pack(for: .acx).levels?.value
    /// Headroom below the highest peak allowed, try by try: encoders overshoot.
    private static let headroom = [0.5, 1.2, 2, 3.5]
    /// What independent meters may differ by.
    private static let tolerance = 0.01
    /// A chapter below this level is silence, and stays it.
    private static let silence = -60.0
    /// More would lift a room's noise above any floor.
    private static let largestGain = 30.0

    /// Levels as they were recorded.
    package static let none = Mastering(gainDecibels: 0, limitDecibels: nil, tries: 0)

    private init(gainDecibels: Double, limitDecibels: Double?, tries: Int) {
        self.gainDecibels = gainDecibels
        self.limitDecibels = limitDecibels
        self.tries = tries
    }

    /// The mastering that a plan begins with.
    package init(of render: BatchPlan.Render) {
        self.init(gainDecibels: render.gainDecibels, limitDecibels: render.limitDecibels, tries: 0)
    }

    /// What a chapter of these levels, as recorded, asks for; nothing if it is inside the window.
    init(toFit levels: ChapterLevels) {
        self = Self.none.corrected(by: levels, tries: 0) ?? .none
    }

    /// What is to be done instead, after an encoding came out with `levels`; nil if these are inside the window, or enough
    /// was tried.
    package func corrected(by levels: ChapterLevels) -> Mastering? {
        tries + 1 < Self.headroom.count ? corrected(by: levels, tries: tries + 1) : nil
    }

    private func corrected(by levels: ChapterLevels, tries: Int) -> Mastering? {
        guard let window = Self.window else { return nil }
        let (level, peak) = (10 * log10(levels.meanSquare), 20 * log10(levels.peak))
        // Of digital silence both are infinite.
        guard level > Self.silence else { return nil }
        let isLoudEnough = (window.rms.lowerBound + Self.tolerance...window.rms.upperBound - Self.tolerance).contains(
            level
        )
        guard !isLoudEnough || peak > window.maximumPeak - Self.tolerance else { return nil }
        let middle = (window.rms.lowerBound + window.rms.upperBound) / 2
        let gain = isLoudEnough ? gainDecibels : min(Self.largestGain, gainDecibels + middle - level)
        // Steps of a hundredth, so that plans are the same where logarithms differ in the last bit.
        return Mastering(
            gainDecibels: (gain * 100).rounded() / 100,
            limitDecibels: window.maximumPeak - Self.headroom[tries],
            tries: tries
        )
    }
}
