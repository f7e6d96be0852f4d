/// A generator whose numbers follow from its seed (SplitMix64 of Steele, Lea and Flood). Tests print the seed where they
/// fail, so that the same numbers can be had again.
package struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    /// The generator that begins at `seed`.
    package init(seed: UInt64) { state = seed }

    /// The next number.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
