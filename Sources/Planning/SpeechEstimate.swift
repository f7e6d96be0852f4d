internal import Model

/// How long a text will be when it is spoken.
enum SpeechEstimate {
    /// Characters a second: narration has 13 to 17.
    private static let charactersPerSecond = 15

    /// Samples at 44,100 Hz; half a second at least, as even a word has its pauses.
    static func samples(of text: String) -> Int {
        max(Timeline.sampleRate / 2, text.count * Timeline.sampleRate / charactersPerSecond)
    }
}
