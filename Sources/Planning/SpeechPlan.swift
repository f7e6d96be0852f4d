package import Model

/// The segments of a book for which speech is to be generated, so that no segment lacks audio.
package struct SpeechPlan: Sendable, Hashable {
    /// One segment for which speech is to be generated.
    package struct Line: Sendable, Hashable {
        /// The segment.
        package var segment: SegmentID
        /// Its place in the book.
        package var place: SegmentPlace
        /// The text to speak.
        package var text: String
        /// The speech provider, such as `espeak`.
        package var provider: String
        /// The provider's name for the voice; nil for the provider's usual voice of the book's language.
        package var voice: String?
    }

    /// The provider for a book that names none.
    package static let usualProvider = "espeak"

    /// The book's language, a BCP 47 tag.
    package let language: String
    /// The segments to speak, in order. They have text, and the book names no audio for them.
    package let lines: [Line]
    /// The reasons why segments without audio cannot be spoken; empty if all can.
    package let obstacles: [String]

    /// Finds the segments of `book` that need speech.
    ///
    /// If the book names audio for a segment, no speech is generated for it, even if that audio was not received or was
    /// refused.
    ///
    /// - Parameter providers: The names of the available providers.
    package init(of book: BookSnapshot, providers: Set<String>) {
        var lines: [Line] = []
        var obstacles: [String: [SegmentPlace]] = [:]
        var reasons: [String] = []
        for (number, chapter) in book.chapters.enumerated() {
            for (index, segment) in chapter.segments.enumerated() where segment.audio == nil {
                let place = SegmentPlace(chapter: number + 1, title: chapter.title, segment: index + 1)
                let voice = segment.voice ?? book.settings.voice
                let provider = voice?.provider ?? Self.usualProvider
                let reason: String
                if let refusal = segment.refusal {
                    reason = "the audio was refused: \(refusal)"
                } else if segment.namesAudio {
                    reason = "the audio that the book names was not received"
                } else if let text = segment.text, providers.contains(provider) {
                    lines.append(
                        Line(segment: segment.id, place: place, text: text, provider: provider, voice: voice?.name)
                    )
                    continue
                } else if segment.text == nil {
                    reason = "neither text nor audio"
                } else {
                    reason = "the daemon has no speech provider \"\(provider)\""
                }
                if obstacles[reason] == nil { reasons.append(reason) }
                obstacles[reason, default: []].append(place)
            }
        }
        language = book.metadata.language
        self.lines = lines
        self.obstacles = reasons.map { "\(Self.words(for: obstacles[$0] ?? [])): \($0)" }
    }

    /// Names segments, such as `chapter 2 "Two", segments 1 and 3; chapter 4 "Four", segment 1`.
    package static func words(for places: [SegmentPlace]) -> String {
        let chapters = Dictionary(grouping: places, by: \.chapter).sorted { $0.key < $1.key }.map { chapter, places in
            let numbers = places.map { String($0.segment) }
            let noun = numbers.count == 1 ? "segment" : "segments"
            return "chapter \(chapter) \"\(places[0].title)\", \(noun) \(Words.list(numbers, limit: 10))"
        }
        let others = chapters.count - 5
        return chapters.prefix(5).joined(separator: "; ") + (others > 0 ? "; and \(others) more chapters" : "")
    }
}
