/// What the book says about itself: title, people, language and the like.
package struct BookMetadata: Sendable, Hashable, Codable {
    /// The title. Never empty.
    package var title: String
    /// The subtitle, if it has one.
    package var subtitle: String?
    /// The authors, in order.
    package var authors: [String]
    /// The narrators, in order.
    package var narrators: [String]
    /// A BCP 47 language tag, such as `en`.
    package var language: String
    /// The publisher.
    package var publisher: String?
    /// The ISBN, as given.
    package var isbn: String?
    /// A description for platforms' pages.
    package var description: String?
    /// The copyright line.
    package var copyright: String?
    /// The series the book belongs to.
    package var series: String?
    /// The year of publication.
    package var year: Int?
    /// Whether the narration is synthetic.
    package var digitalVoice: Bool

    /// A book with `title`; the other values as given.
    package init(
        title: String,
        subtitle: String? = nil,
        authors: [String] = [],
        narrators: [String] = [],
        language: String = "en",
        publisher: String? = nil,
        isbn: String? = nil,
        description: String? = nil,
        copyright: String? = nil,
        series: String? = nil,
        year: Int? = nil,
        digitalVoice: Bool = false
    ) {
        self.title = title
        self.subtitle = subtitle
        self.authors = authors
        self.narrators = narrators
        self.language = language
        self.publisher = publisher
        self.isbn = isbn
        self.description = description
        self.copyright = copyright
        self.series = series
        self.year = year
        self.digitalVoice = digitalVoice
    }
}
