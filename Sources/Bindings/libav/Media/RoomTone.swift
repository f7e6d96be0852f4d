/// The quiet of a room: noise at −72 dBFS, because platforms want it before and after speech instead of digital
/// silence.
///
/// Each sample is a function of the seed and its position alone, so that a chapter's bytes are the same however it is
/// cut into pieces.
struct RoomTone {
    /// Uniform noise between ±a has a root mean square of a / √3; this is √3 × 10^(−72/20).
    private static let amplitude: Float = 0.000_435_07

    let seed: UInt64

    /// The sample at `position`, counted from the chapter's first.
    func sample(at position: Int) -> Float {
        // The finaliser of splitmix64: neighbouring positions give unrelated numbers.
        var bits = seed &+ UInt64(position) &* 0x9E37_79B9_7F4A_7C15
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        bits ^= bits >> 31
        let centred = Int32(truncatingIfNeeded: bits >> 40) - (1 << 23)
        return Float(centred) * (RoomTone.amplitude / Float(1 << 23))
    }
}
