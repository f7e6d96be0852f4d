/// The sizes of an MP3 file of constant bit rate, mono at 44,100 Hz. All sizes are known before the file is encoded.
package enum MP3Layout {
    /// Samples of one frame.
    static let frameSamples = 1152
    /// Samples LAME puts before the first; a decoder adds 529 of its own.
    static let delay = 576

    /// The constant rates that are encoded, in bits per second.
    package static let bitRates = [48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320].map { $0 * 1000 }

    /// The number of frames that hold sound: enough for the samples and the 1,105 that encoder and decoder add.
    package static func frames(samples: Int) -> Int { (samples + frameSamples - 1) / frameSamples + 1 }

    /// Bytes of the Info frame that comes first.
    ///
    /// The tag needs 177 bytes. A frame of 48 kbit/s has only 156, so in such a file the Info frame, and only that, is
    /// a frame of 56 kbit/s.
    package static func infoBytes(bitRate: Int) -> Int { 144 * max(bitRate, 56_000) / Resampler.rate }

    /// Bytes of the whole file, Info frame included and without an ID3 tag.
    ///
    /// A frame's length is rarely a whole number of bytes. LAME writes the first frame without a padding byte. From
    /// then on it adds one whenever the sum of the fractions exceeds the padding bytes already written, so `n` frames
    /// have `(n - 1) × fraction` padding bytes, rounded up. (Rounding `n` frames' length down instead is one byte short
    /// at some lengths: at 256 kbit/s for 13, 25 and 37 of every 49 frames.)
    package static func fileBytes(samples: Int, bitRate: Int) -> Int {
        let frames = frames(samples: samples)
        let (whole, fraction) = (144 * bitRate).quotientAndRemainder(dividingBy: Resampler.rate)
        let padding = ((frames - 1) * fraction + Resampler.rate - 1) / Resampler.rate
        return infoBytes(bitRate: bitRate) + frames * whole + padding
    }
}
