import Testing

@testable import Media

@Suite("Peak limiter")
struct PeakLimiterTests {
    /// Limits `samples`, given in pieces of `piece` samples.
    private func limited(_ samples: [Float], to ceiling: Float, piece: Int = 1000) -> [Float] {
        var limiter = PeakLimiter(ceiling: ceiling)
        var output: [Float] = []
        for start in stride(from: 0, to: samples.count, by: piece) {
            limiter.append(samples.span.extracting(start..<min(samples.count, start + piece)), to: &output)
        }
        limiter.finish(to: &output)
        return output
    }

    /// Noise with bursts up to `peak`.
    private func noise(_ count: Int, peak: Float) -> [Float] {
        var random = SystemRandomNumberGenerator()
        return (0..<count).map { index in
            Float.random(in: -1...1, using: &random) * (index / 3000 % 4 == 3 ? peak : 0.1)
        }
    }

    @Test("no sample exceeds the ceiling, and as many come out as go in", arguments: [0, 1, 440, 441, 442, 50_000])
    func keepsCeiling(count: Int) {
        let output = limited(noise(count, peak: 8), to: 0.5)
        #expect(output.count == count)
        #expect(output.allSatisfy { abs($0) <= 0.5 })
    }

    @Test("sound below the ceiling stays the same bit for bit, also long after a peak")
    func leavesAlone() {
        var samples = noise(100_000, peak: 0.4)
        #expect(limited(samples, to: 0.5) == samples)
        samples[10_000] = 3
        let output = limited(samples, to: 0.5)
        #expect(output[..<9_550] == samples[..<9_550])
        #expect(output[10_000] <= 0.5 && output[10_000] > 0.49)
        #expect(output[60_000...] == samples[60_000...])
        #expect(abs(output[10_100]) < abs(samples[10_100]))
    }

    @Test("the output does not depend on the pieces in which the input came", arguments: [1, 7, 441, 4096])
    func pieces(piece: Int) {
        let samples = noise(20_000, peak: 2)
        #expect(limited(samples, to: 0.5, piece: piece) == limited(samples, to: 0.5, piece: 20_000))
    }

    @Test("a peak at the first or the last sample is caught")
    func edges() {
        var samples = [Float](repeating: 0.1, count: 2000)
        samples[0] = -2
        samples[1999] = 2
        #expect(limited(samples, to: 0.5).allSatisfy { abs($0) <= 0.5 })
    }
}
