/// What a book says about itself: everything of `book.yaml` but its chapters.
public struct BookMetadata: Sendable, Hashable, Codable {
    /// The title. Never empty.
    public var title: String
    /// The subtitle, if it has one.
    public var subtitle: String?
    /// The authors, in order.
    public var authors: [String]
    /// The narrators, in order.
    public var narrators: [String]
    /// A BCP 47 language tag, such as `en`.
    public var language: String
    /// The publisher.
    public var publisher: String?
    /// The ISBN, as given.
    public var isbn: String?
    /// A description for shop pages.
    public var description: String?
    /// The copyright line.
    public var copyright: String?
    /// The series the book belongs to.
    public var series: String?
    /// The year of publication.
    public var year: Int?
    /// Whether the narration is synthetic.
    public var digitalVoice: Bool

    /// A book with `title`; all else as given.
    public init(
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
