/// A short pause, for text that cannot be spoken, such as a line of asterisks between two scenes.
///
/// It is noise at −72 dBFS, like a chapter's room tone, because platforms treat digital silence as a fault. Its bytes
/// are always the same.
enum Pause {
    private static let rate = 22_050
    /// 0.6 s, which is the usual pause between two paragraphs.
    private static let samples = 13_230
    /// Uniform noise between ±14 has a root mean square of 8 of 32,768.
    private static let amplitude: UInt64 = 14

    /// A WAV file: 16 bits, mono.
    static var wave: [UInt8] {
        let bytes = samples * 2
        var file = Array("RIFF".utf8) + little(36 + bytes, 4) + Array("WAVEfmt ".utf8) + little(16, 4)
        file += little(1, 2) + little(1, 2) + little(rate, 4) + little(2 * rate, 4) + little(2, 2) + little(16, 2)
        file += Array("data".utf8) + little(bytes, 4)
        var state: UInt64 = 1
        for _ in 0..<samples {
            // Knuth's MMIX generator; its high bits are the random ones.
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            file += little(Int((state >> 33) % (2 * amplitude + 1)) - Int(amplitude), 2)
        }
        return file
    }

    private static func little(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
