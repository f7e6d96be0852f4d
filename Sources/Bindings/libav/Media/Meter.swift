/// Peak, energy and the quietest half second of sound at 44,100 Hz, in constant memory.
struct Meter {
    /// Samples in 10 ms.
    private static let block = 441
    /// Blocks in 500 ms.
    private static let window = 50

    /// Samples seen.
    private(set) var samples = 0
    private var closedEnergy = 0.0
    private var largest: Float = 0
    /// The energies of the last 50 whole blocks, the oldest at `next`.
    private var blocks = [Double](repeating: 0, count: Meter.window)
    private var next = 0
    private var wholeBlocks = 0
    private var quietest = Double.infinity
    private var blockEnergy = 0.0
    private var blockSamples = 0

    /// The sum of the squares of all samples seen.
    var energy: Double { closedEnergy + blockEnergy }

    /// The largest magnitude seen.
    var peak: Double { Double(largest) }

    /// The least mean square of any 500 ms; of everything if there is less than that; 0 if there are no samples.
    var quietestMeanSquare: Double {
        guard wholeBlocks >= Meter.window else { return samples == 0 ? 0 : energy / Double(samples) }
        return quietest / Double(Meter.window * Meter.block)
    }

    /// Adds the samples that follow.
    mutating func append(_ piece: Span<Float>) {
        var offset = 0
        while offset < piece.count {
            let count = min(Meter.block - blockSamples, piece.count - offset)
            var sum = blockEnergy
            var peak = largest
            for index in offset..<offset + count {
                let sample = piece[index]
                peak = max(peak, abs(sample))
                sum += Double(sample) * Double(sample)
            }
            largest = peak
            blockEnergy = sum
            blockSamples += count
            offset += count
            if blockSamples == Meter.block { closeBlock() }
        }
        samples += piece.count
    }

    /// Adds up the whole window each time. Adding the new block and subtracting the oldest would leave rounding errors
    /// in silence.
    private mutating func closeBlock() {
        closedEnergy += blockEnergy
        blocks[next] = blockEnergy
        next = (next + 1) % Meter.window
        wholeBlocks += 1
        if wholeBlocks >= Meter.window { quietest = min(quietest, blocks.reduce(0, +)) }
        blockEnergy = 0
        blockSamples = 0
    }
}
