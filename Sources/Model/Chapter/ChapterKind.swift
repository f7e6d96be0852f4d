/// The role of a chapter in the book.
package enum ChapterKind: String, Sendable, Hashable, Codable, CaseIterable {
    /// A chapter of the book.
    case chapter
    /// Title, author and narrator, spoken before the book.
    case openingCredits = "opening_credits"
    /// The end of the book, spoken.
    case closingCredits = "closing_credits"
}
