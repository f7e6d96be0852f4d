import Model

/// What the parts of the work cost, in seconds of one processor core.
///
/// Encoding, moving, storing and validating were measured in 2026 on a book of 45 minutes, on two cores; speaking is a guess.
/// Only the ratios matter: they decide how much of the progress each part has. The time left follows from the speed that is
/// measured while the work is done.
enum WorkCost {
    private static func seconds(_ samples: Int) -> Double { Double(samples) / Double(Timeline.sampleRate) }

    /// To speak so many samples, and to measure what was spoken.
    static func speaking(samples: Int) -> Double { seconds(samples) / 100 }

    /// To fetch or to copy so many bytes, and to check their hash.
    static func moving(bytes: Int64) -> Double { Double(bytes) / 400_000_000 }

    /// To decode so many samples and to encode them.
    static func encoding(samples: Int) -> Double { seconds(samples) / 60 }

    /// To write so many bytes of a package.
    static func storing(bytes: Int64) -> Double { Double(bytes) / 300_000_000 }

    /// To decode and measure a package with so many samples.
    static func validating(samples: Int) -> Double { seconds(samples) / 900 }
}
