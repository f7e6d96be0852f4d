internal import Model

/// How many bytes constant-rate MP3 takes, known before anything is encoded.
///
/// Holds for MPEG-1 Layer III at 44,100 Hz as LAME writes it, behind an Info frame and without a tag.
package enum MP3Size {
    /// Samples of a frame.
    package static let frameSamples = 1152

    /// Audio frames of `samples` samples, the Info frame not counted.
    package static func frames(samples: Int) -> Int {
        // One more than the samples fill: the encoder's delay pushes the end into it.
        (samples + frameSamples - 1) / frameSamples + 1
    }

    /// Bytes of `samples` samples at `bitRate`, the Info frame counted in.
    package static func bytes(samples: Int, bitRate: Int) -> Int64 {
        // A frame has 144 × rate / 44,100 bytes. LAME begins with a frame rounded down and adds a byte to a later one as
        // soon as the frames before it have fallen behind, so the rest of all frames but the first counts, rounded up.
        let count = frames(samples: samples)
        let (whole, rest) = (144 * bitRate).quotientAndRemainder(dividingBy: Timeline.sampleRate)
        let padded = ((count - 1) * rest + Timeline.sampleRate - 1) / Timeline.sampleRate
        let audio = count * whole + padded
        return Int64(audio + infoFrameBytes(bitRate: bitRate))
    }

    /// Bytes of the Info frame: a frame of the first rate, from `bitRate` up, that holds the 177 bytes of a mono tag.
    static func infoFrameBytes(bitRate: Int) -> Int {
        let sizes = AudioSpec.bitRates.lazy.filter { $0 >= bitRate }.map { 144 * $0 / Timeline.sampleRate }
        return sizes.first { $0 >= 177 } ?? 144 * bitRate / Timeline.sampleRate
    }
}
