/// Audio of tests: a second of a steady tone.
enum Tone {
    /// A 16-bit mono WAV of 44,100 samples at 44,100 Hz.
    ///
    /// - Parameter period: The samples of one period, at most 400. Another period makes other bytes.
    static func wav(period: Int = 100) -> [UInt8] {
        func word(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(value >> (8 * $0) & 0xFF) } }
        func half(_ value: Int) -> [UInt8] { (0..<2).map { UInt8(value >> (8 * $0) & 0xFF) } }
        let sound = (0..<44_100).flatMap { half($0 % period * 80) }
        let format =
            Array("fmt ".utf8) + word(16) + half(1) + half(1) + word(44_100) + word(88_200) + half(2) + half(16)
        let body = Array("WAVE".utf8) + format + Array("data".utf8) + word(sound.count) + sound
        return Array("RIFF".utf8) + word(body.count) + body
    }
}
