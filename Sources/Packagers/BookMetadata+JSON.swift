internal import Model

extension BookMetadata {
    /// The book's metadata, as the first members of a package's metadata file.
    var jsonMembers: [(String, JSONText?)] {
        func text(_ value: String?) -> JSONText? { value.flatMap { $0.isEmpty ? nil : .text($0) } }
        return [
            ("title", .text(title)),
            ("subtitle", text(subtitle)),
            ("authors", .list(authors.map(JSONText.text))),
            ("narrators", .list(narrators.map(JSONText.text))),
            ("digitalVoice", .boolean(digitalVoice)),
            ("language", .text(language)),
            ("publisher", text(publisher)),
            ("isbn", text(isbn)),
            ("description", text(shownDescription)),
            ("copyright", text(copyright)),
            ("series", text(series)),
            ("year", year.map(JSONText.integer)),
        ]
    }
}

extension AudioSpec {
    /// The audio encoding, for a package's metadata file.
    var json: JSONText {
        .object([
            ("format", .text(codec.rawValue)),
            ("bitrate", .text(bitRateText)),
            ("sampleRate", .integer(sampleRate)),
            ("channels", .integer(channels)),
        ])
    }
}

extension JSONText {
    /// Samples at 44,100 Hz as seconds with three decimals.
    static func seconds(samples: Int) -> JSONText {
        .thousandths((samples * 1000 + Timeline.sampleRate / 2) / Timeline.sampleRate)
    }
}
