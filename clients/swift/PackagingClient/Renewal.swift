/// When a token is renewed that ends at a known time.
enum Renewal {
    /// The longest time before its end.
    private static let margin = Duration.seconds(60)
    /// The shortest pause before a source is asked again that had no other token yet.
    private static let leastPause = Duration.milliseconds(500)

    /// How long a new token is used that ends in `remaining`: four fifths of its time, and all but a minute if that is longer.
    ///
    /// - Returns: Nil if it has ended already by this machine's clock, which then cannot be right.
    static func firstPause(remaining: Duration) -> Duration? {
        guard remaining > .zero else { return nil }
        return max(remaining * 4 / 5, remaining - margin)
    }

    /// After how long a source is asked again that had no other token; nil if the token has ended meanwhile.
    static func nextPause(remaining: Duration) -> Duration? {
        guard remaining > .zero else { return nil }
        return max(remaining / 4, leastPause)
    }
}

/// Decides whether a watch or a download goes on with another token after the daemon refused one.
///
/// It goes on unless the token before was refused just as soon, without anything having come meanwhile: a source whose
/// tokens are all refused is not asked for ever.
struct Refusals {
    /// A token that was good for so long has done something.
    private static let taken = Duration.seconds(1)

    private var wasRefused = false

    /// Something came.
    mutating func worked() { wasRefused = false }

    /// Whether to connect again after the daemon had taken a token for `time`, and then refused it.
    mutating func mayGoOn(after time: Duration) -> Bool {
        if time >= Self.taken { wasRefused = false }
        defer { wasRefused = true }
        return !wasRefused
    }
}
