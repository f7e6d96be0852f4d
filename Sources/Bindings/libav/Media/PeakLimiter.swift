/// Keeps every sample at or below a ceiling by turning the sound down around its peaks, a hundredth of a second ahead of
/// them.
///
/// The output depends on the samples alone, not on how they are divided into pieces, and is as long as the input. Sound
/// without a peak above the ceiling is unchanged, bit for bit; after a peak, the sound comes back to full level slowly.
struct PeakLimiter {
    /// Samples that are looked ahead: 10 ms.
    private static let ahead = 441
    /// The share of the way back to full level that is covered in one sample: two thirds of the way are covered in 50
    /// ms.
    private static let release = 1.0 / 2205

    private let ceiling: Float
    /// The last samples that came in, waiting for their gain; the oldest at `next`.
    private var waiting = [Float](repeating: 0, count: PeakLimiter.ahead)
    /// The gains for those samples, already held and released; the oldest at `next`.
    private var gains = [Double](repeating: 1, count: PeakLimiter.ahead)
    private var next = 0
    private var sum = Double(PeakLimiter.ahead)
    /// How many of `gains` are below 1. When it is zero, the sum is set anew, so that rounding errors cannot remain.
    private var reduced = 0
    /// The gains that the last `ahead` samples need, as places and values. Each is lower than those after it.
    private var minima: [(place: Int, gain: Double)] = []
    private var firstMinimum = 0
    private var held = 1.0
    private var taken = 0
    private var given = 0

    /// A limiter that lets samples of at most `ceiling` through, full scale being 1.
    init(ceiling: Float) {
        self.ceiling = ceiling
    }

    /// Takes `piece` and adds the samples that are ready to `output`.
    mutating func append(_ piece: Span<Float>, to output: inout [Float]) {
        for index in piece.indices { take(piece[index], to: &output) }
    }

    /// Adds the samples that still wait to `output`. Nothing may be appended afterwards.
    mutating func finish(to output: inout [Float]) {
        let end = taken
        while given < end { take(0, to: &output) }
    }

    private mutating func take(_ sample: Float, to output: inout [Float]) {
        let magnitude = abs(sample)
        let wanted = magnitude > ceiling ? Double(ceiling / magnitude) : 1
        // A sample's gain applies to all places up to `ahead` after it, and the sample gets the mean over as many
        // gains. So the gain falls in a straight line to what the sample needs, and no sample exceeds the ceiling.
        let lowest = least(with: wanted)
        held = min(lowest, held + (1 - held) * Self.release)
        // Within a millionth of a decibel the gain counts as back at 1; otherwise it would approach 1 for ever.
        if held > 1 - 1e-7, lowest == 1 { held = 1 }

        let old = gains[next]
        waiting[next] = sample
        gains[next] = held
        reduced += (held < 1 ? 1 : 0) - (old < 1 ? 1 : 0)
        sum = reduced == 0 ? Double(Self.ahead) : sum + held - old
        next = next + 1 == Self.ahead ? 0 : next + 1
        taken += 1
        guard taken >= Self.ahead else { return }
        // The sample that came `ahead - 1` ago is now at `next`; all gains that it depends on are known.
        let gain = sum / Double(Self.ahead)
        let ready = waiting[next]
        output.append(reduced == 0 ? ready : min(ceiling, max(-ceiling, ready * Float(gain))))
        given += 1
    }

    /// The least gain that one of the last `ahead` samples needs, including the new one.
    private mutating func least(with wanted: Double) -> Double {
        while minima.count > firstMinimum, let last = minima.last, last.gain >= wanted { minima.removeLast() }
        minima.append((taken, wanted))
        if minima[firstMinimum].place <= taken - Self.ahead { firstMinimum += 1 }
        if firstMinimum > 4096 {
            minima.removeFirst(firstMinimum)
            firstMinimum = 0
        }
        return minima[firstMinimum].gain
    }
}
