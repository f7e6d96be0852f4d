import Model
import Platforms
import Store

/// Checks an import item by item: the order, the sizes, and the values that later work relies on.
///
/// A value without I/O. The first mistake is thrown with its place in the import.
struct ImportChecker: Sendable {
    /// The most chapters of a book. The longest books of users have about 1,000, such as Mark Twain's collected works.
    static let chapterLimit = 10_000
    /// The most segments of a book: sentences for about 200 hours.
    static let segmentLimit = 200_000
    /// The longest text of a segment, in bytes.
    static let textLimit = StoreLimits.segmentTextBytes
    /// The longest title, in characters.
    static let titleLimit = 500
    /// The longest room tone, in seconds, that every platform takes.
    static let roomToneLimit = RulePack.longestRoomTone

    private(set) var chapters = 0
    private(set) var segments = 0
    private var segmentsOfChapter = 0
    private var hasHeader = false

    /// Checks the next item.
    ///
    /// - Throws: ``PackagingError`` with code `invalidArgument` that names the field.
    mutating func check(_ item: ImportItem) throws(PackagingError) {
        switch item {
        case .header(let header):
            guard !hasHeader else { throw .invalid("header", "is there twice") }
            hasHeader = true
            try check(header)
        case .chapter(let title, _):
            try requireHeader()
            chapters += 1
            segmentsOfChapter = 0
            let field = "chapters[\(chapters - 1)]"
            guard chapters <= Self.chapterLimit else {
                throw .invalid("chapters", "are more than \(Self.chapterLimit)")
            }
            try checkLine(title, "\(field).title", isRequired: true)
        case .segment(let text, let audio, let voice):
            try requireHeader()
            guard chapters > 0 else { throw .invalid("segments[0]", "comes before the first chapter") }
            segments += 1
            segmentsOfChapter += 1
            guard segments <= Self.segmentLimit else {
                throw .invalid("segments", "are more than \(Self.segmentLimit)")
            }
            let field = "chapters[\(chapters - 1)].segments[\(segmentsOfChapter - 1)]"
            try Self.check(text: text, "\(field).text")
            guard audio != nil || !Self.isBlank(text) else {
                throw .invalid(field, "has neither text nor audio")
            }
            if let voice { try check(voice, "\(field).voice") }
        }
    }

    /// The import has ended.
    func finish() throws(PackagingError) {
        try requireHeader()
        guard chapters > 0 else { throw .invalid("chapters", "are missing: a book has at least one") }
    }

    /// Checks the length of a segment's text.
    ///
    /// - Throws: ``PackagingError`` with code `invalidArgument` that names `field`.
    static func check(text: String, _ field: String) throws(PackagingError) {
        guard text.utf8.count <= textLimit else {
            throw .invalid(
                field,
                "has \(text.utf8.count) bytes, and \(textLimit) are the limit",
                hint: "Split the paragraph into several segments."
            )
        }
    }

    /// Whether a text contains nothing that can be read aloud.
    static func isBlank(_ text: String) -> Bool { LineText.isBlank(text) }

    private func requireHeader() throws(PackagingError) {
        guard hasHeader else { throw .invalid("header", "is missing: an import begins with it") }
    }

    private func check(_ header: ImportHeader) throws(PackagingError) {
        let slug = (header.slug ?? "x").utf8
        let isSlug = slug.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
        }
        guard isSlug, StoreLimits.slugLength.contains(slug.count) else {
            throw .invalid("header.slug", "\"\((header.slug ?? "").prefix(80))\" is not 1 to 64 of a-z, 0-9 and \"-\"")
        }
        guard header.origin.unicodeScalars.count <= 128 else {
            throw .invalid(
                "header.origin",
                "has \(header.origin.unicodeScalars.count) characters, and 128 are the limit"
            )
        }
        let book = header.metadata
        try checkLine(book.title, "header.metadata.title", isRequired: true)
        for (name, value) in [
            ("subtitle", book.subtitle), ("publisher", book.publisher), ("isbn", book.isbn),
            ("copyright", book.copyright), ("series", book.series),
        ] {
            try checkLine(value ?? "", "header.metadata.\(name)", isRequired: false)
        }
        for (name, people) in [("authors", book.authors), ("narrators", book.narrators)] {
            guard people.count <= 100 else { throw .invalid("header.metadata.\(name)", "are more than 100") }
            for (index, person) in people.enumerated() {
                try checkLine(person, "header.metadata.\(name)[\(index)]", isRequired: true)
            }
        }
        guard (book.description ?? "").utf8.count <= Self.textLimit else {
            throw .invalid("header.metadata.description", "has more than \(Self.textLimit) bytes")
        }
        if let isbn = book.isbn {
            do throws(ISBN.Mistake) {
                _ = try ISBN(reading: isbn)
            } catch {
                throw .invalid("header.metadata.isbn", "\"\(isbn.prefix(80))\" \(error.problem)")
            }
        }
        guard LanguageTag.isOne(book.language) else {
            throw .invalid(
                "header.metadata.language",
                "\"\(book.language.prefix(80))\" is not a language tag such as \"en\""
            )
        }
        if let year = book.year, !(1...9999).contains(year) {
            throw .invalid("header.metadata.year", "\(year) is not a year")
        }
        try check(header.settings)
    }

    private func check(_ settings: PackagingSettings) throws(PackagingError) {
        for (name, seconds) in [("head", settings.headSeconds), ("tail", settings.tailSeconds)] {
            guard (0...Self.roomToneLimit).contains(seconds) else {
                throw .invalid(
                    "header.settings.room_tone.\(name)",
                    "\(seconds) is not between 0 and \(Self.roomToneLimit) seconds"
                )
            }
        }
        for (platform, override) in settings.overrides.sorted(by: { $0.key < $1.key }) {
            guard let bitRate = override.bitRate else { continue }
            guard AudioSpec.bitRates.contains(bitRate) else {
                let list = AudioSpec.bitRates.map { "\($0 / 1000)k" }.joined(separator: ", ")
                throw .invalid(
                    "header.settings.overrides[\(platform.rawValue)].bitrate",
                    "\(bitRate) bit/s is none of \(list)"
                )
            }
        }
        if let voice = settings.voice { try check(voice, "header.settings.voice") }
    }

    private func check(_ voice: Voice, _ field: String) throws(PackagingError) {
        guard ["espeak", "openai", "azure"].contains(voice.provider) else {
            throw .invalid("\(field).provider", "\"\(voice.provider.prefix(80))\" is none of espeak, openai, azure")
        }
        try checkLine(voice.name, "\(field).name", isRequired: true)
    }

    private func checkLine(_ text: String, _ field: String, isRequired: Bool) throws(PackagingError) {
        guard !isRequired || !LineText.isBlank(text) else {
            throw .invalid(field, text.isEmpty ? "is empty" : "has nothing that can be seen")
        }
        guard text.count <= Self.titleLimit else {
            throw .invalid(field, "has \(text.count) characters, and \(Self.titleLimit) are the limit")
        }
        if let problem = LineText.problem(in: text) { throw .invalid(field, problem) }
    }
}
