internal import Model

/// The size of constant-rate MP3, computed before anything is encoded.
///
/// The results hold for MPEG-1 Layer III at 44,100 Hz as LAME writes it, with an Info frame and without a tag.
package enum MP3Size {
    /// Samples of a frame.
    package static let frameSamples = 1152

    /// The number of audio frames for `samples` samples, without the Info frame.
    package static func frames(samples: Int) -> Int {
        // One frame more than the samples fill, because the encoder's delay moves the end into it.
        (samples + frameSamples - 1) / frameSamples + 1
    }

    /// The size of `samples` samples at `bitRate`, including the Info frame.
    package static func bytes(samples: Int, bitRate: Int) -> Int64 {
        // A frame has 144 × rate / 44,100 bytes. LAME rounds the first frame down, and adds a byte to a later frame as
        // soon as the sum of the fractions before it requires one. So the fractions of all frames except the first are
        // summed and rounded up.
        let count = frames(samples: samples)
        let (whole, rest) = (144 * bitRate).quotientAndRemainder(dividingBy: Timeline.sampleRate)
        let padded = ((count - 1) * rest + Timeline.sampleRate - 1) / Timeline.sampleRate
        let audio = count * whole + padded
        return Int64(audio + infoFrameBytes(bitRate: bitRate))
    }

    /// The size of the Info frame. Its rate is the first one from `bitRate` up whose frame holds the 177 bytes of a
    /// mono tag.
    static func infoFrameBytes(bitRate: Int) -> Int {
        let sizes = AudioSpec.bitRates.lazy.filter { $0 >= bitRate }.map { 144 * $0 / Timeline.sampleRate }
        return sizes.first { $0 >= 177 } ?? 144 * bitRate / Timeline.sampleRate
    }
}
