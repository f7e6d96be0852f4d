internal import Glibc
package import Model
internal import Platforms

/// The changes to the levels of one encoding of a chapter: a gain on its segments, and a limiter on the whole chapter.
///
/// The first values follow from the segments' measurements. They are corrected after the encoded chapter is measured,
/// because lossy encoders change peaks and levels. Each encoding is corrected separately, so that its bytes do not
/// depend on the other encodings.
package struct Mastering: Sendable, Hashable {
    /// Gain on the segments in dB. It is not applied to room tone.
    package let gainDecibels: Double
    /// Peaks are kept below this level, in dB of full scale; nil for no limiter.
    package let limitDecibels: Double?
    private let tries: Int

    /// The level window for encoded chapters. It is ACX's, because no other platform measures levels.
    private static let window = RulePack.pack(for: .acx).levels?.value
    /// Headroom in dB below the highest allowed peak, one value for each encoding in turn, because encoders overshoot.
    private static let headroom = [0.5, 1.2, 2, 3.5]
    /// The difference in dB that is possible between independent meters.
    private static let tolerance = 0.01
    /// A chapter whose level in dB is not above this is silence and is not changed.
    private static let silence = -60.0
    /// The most gain in dB. A larger one would lift a room's noise above any allowed noise floor.
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

    /// The mastering that a chapter with these recorded levels needs; none if it is inside the window or silence.
    init(toFit levels: ChapterLevels) {
        self = Self.none.corrected(by: levels, tries: 0) ?? .none
    }

    /// The next mastering after an encoding with `levels`; nil if the levels are inside the window or silence, or if
    /// this was already the fourth encoding.
    package func corrected(by levels: ChapterLevels) -> Mastering? {
        tries + 1 < Self.headroom.count ? corrected(by: levels, tries: tries + 1) : nil
    }

    private func corrected(by levels: ChapterLevels, tries: Int) -> Mastering? {
        guard let window = Self.window else { return nil }
        let (level, peak) = (10 * log10(levels.meanSquare), 20 * log10(levels.peak))
        // For digital silence both levels are infinite.
        guard level > Self.silence else { return nil }
        let isLoudEnough = (window.rms.lowerBound + Self.tolerance...window.rms.upperBound - Self.tolerance).contains(
            level
        )
        guard !isLoudEnough || peak > window.maximumPeak - Self.tolerance else { return nil }
        let middle = (window.rms.lowerBound + window.rms.upperBound) / 2
        let gain = isLoudEnough ? gainDecibels : min(Self.largestGain, gainDecibels + middle - level)
        // The values are rounded to hundredths, so that plans are equal where logarithms differ in the last bit.
        return Mastering(
            gainDecibels: (gain * 100).rounded() / 100,
            limitDecibels: window.maximumPeak - Self.headroom[tries],
            tries: tries
        )
    }
}
