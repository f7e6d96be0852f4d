internal import PackagingClient

extension BookFolder {
    /// The problem of the book that the daemon reports about a field of the import, at the place where the book has the
    /// field; nil if the field is not of the book.
    ///
    /// The daemon knows what was sent and not the files, so it names fields of the wire, such as
    /// `header.settings.overrides[kobo].bitrate`.
    func problem(_ violation: PackagingError.FieldViolation, hint: String?) -> BookProblem? {
        guard let place = place(of: violation.field) else { return nil }
        return BookProblem(
            file: place.file ?? BookReader.fileName,
            line: place.line,
            message: "\(place.name) \(violation.description)",
            hint: hint
        )
    }

    /// A field in the words of messages, and where it stands.
    private struct Place {
        var name: String
        var file: String?
        var line: Int?
    }

    private func place(of field: String) -> Place? {
        if let match = field.wholeMatch(
            of: /chapters\[([0-9]{1,9})\]\.segments\[([0-9]{1,9})\](?:\.([a-z_]+)(?:\..*)?)?/
        ),
            let chapter = Int(match.1), let index = Int(match.2)
        {
            let name = "chapter \(chapter + 1), segment \(index + 1)"
            guard chapters.indices.contains(chapter), chapters[chapter].segments.indices.contains(index) else {
                return nil
            }
            let segment = chapters[chapter].segments[index]
            return Place(
                name: match.3.map { "\($0) of \(name)" } ?? name,
                file: segment.textFile,
                line: segment.line
            )
        }
        if let match = field.wholeMatch(of: /chapters\[([0-9]{1,9})\](?:\.([a-z_]+))?/), let chapter = Int(match.1) {
            return place(["\(match.2 ?? "title") of chapter \(chapter + 1)", "chapter \(chapter + 1)"])
        }
        if let match = field.wholeMatch(of: /header\.settings\.overrides\[([a-z0-9]+)\](?:\.([a-z_]+))?/) {
            // A platform, or the number of the override as it was sent.
            let index = Int(match.1)
            let sent = index.flatMap {
                settings.overrides.indices.contains($0) ? settings.overrides[$0].platformID : nil
            }
            let platform = sent ?? String(match.1)
            return place(["\(match.2 ?? "bitrate") of packaging of \(platform)", "packaging of \(platform)"])
        }
        if let match = field.wholeMatch(of: /header\.settings\.(room_tone|voice)\.([a-z_]+)/) {
            return place(["\(match.2) of \(match.1)", String(match.1)])
        }
        if let match = field.wholeMatch(of: /header\.(?:metadata|settings)\.([a-z_]+)(?:\[([0-9]{1,9})\])?/) {
            let item = match.2.flatMap { Int($0) }.map { ["\(match.1), item \($0 + 1),"] } ?? []
            return place(item + [String(match.1)])
        }
        return field == "chapters" || field == "segments"
            ? Place(name: "the book's \(field)", line: lines["chapters"]) : nil
    }

    /// The first of `names` whose line is known; the first of all if the book has none of them.
    private func place(_ names: [String]) -> Place? {
        guard let name = names.first(where: { lines[$0] != nil }) ?? names.first else { return nil }
        return Place(name: name, line: lines[name])
    }
}
