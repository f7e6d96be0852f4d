internal import Model

/// Estimates how long a text is when it is spoken.
enum SpeechEstimate {
    /// Characters a second: narration has 13 to 17.
    private static let charactersPerSecond = 15

    /// The estimated number of samples at 44,100 Hz; at least half a second, because even a single word has pauses
    /// around it.
    static func samples(of text: String) -> Int {
        max(Timeline.sampleRate / 2, text.count * Timeline.sampleRate / charactersPerSecond)
    }
}
