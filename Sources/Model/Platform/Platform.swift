/// A company that sells audiobooks and accepts packages.
package enum Platform: String, Sendable, Hashable, CaseIterable, Codable, Comparable {
    /// Apple Books: one M4B with chapters.
    case apple
    /// Google Play Books: a ZIP of MP3.
    case google
    /// Spotify for Authors: a ZIP of MP3, no file above two hours.
    case spotify
    /// ACX (Audible): a ZIP of MP3 with measured levels.
    case acx
    /// Kobo: EPUB 3 with text and audio in sync.
    case kobo

    /// The order in which platforms are always listed: apple, google, spotify, acx, kobo.
    package static func < (left: Self, right: Self) -> Bool {
        (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
    }
}
