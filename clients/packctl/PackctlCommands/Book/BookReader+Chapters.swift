internal import Foundation
internal import PackagingMessages
internal import Yams

internal import enum Model.Suggestion

extension BookReader {
    /// The chapters, in the book's order.
    mutating func chapters(_ mapping: BookFields.Mapping, voice: Voice?) -> [BookFolder.Chapter] {
        guard mapping["chapters"] != nil else {
            fields.report("the book has no chapters", line: mapping.line)
            return []
        }
        let nodes = fields.list("chapters", in: mapping, example: "- title: One")
        return nodes.enumerated().compactMap { index, node in chapter(node, number: index + 1, voice: voice) }
    }

    private mutating func chapter(_ node: Node, number: Int, voice: Voice?) -> BookFolder.Chapter? {
        let forms = ["segments", "text_file", "audio_dir"]
        guard let mapping = fields.mapping(node, place: "chapter \(number)", allowed: ["title", "kind"] + forms) else {
            return nil
        }
        var chapter = BookFolder.Chapter(title: fields.requiredText("title", in: mapping))
        chapter.kind = kind(mapping)
        switch forms.filter({ mapping[$0] != nil }) {
        case ["segments"]: chapter.segments = segments(mapping, voice: voice)
        case ["text_file"]: chapter.segments = paragraphs(mapping)
        case ["audio_dir"]: chapter.segments = recordings(mapping)
        case []:
            fields.report("chapter \(number) needs segments, text_file or audio_dir", line: mapping.line)
        case let several:
            let names = Suggestion.list(several, conjunction: "and")
            fields.report("chapter \(number) has \(names); it may have one of them", line: mapping.line)
        }
        segmentCount += chapter.segments.count
        if segmentCount > Limit.segments, segmentCount - chapter.segments.count <= Limit.segments {
            fields.report("the book has more than 200000 segments", line: mapping.line)
        }
        return chapter
    }

    private mutating func kind(_ mapping: BookFields.Mapping) -> ChapterKind {
        switch fields.word("kind", in: mapping, of: ["chapter", "opening_credits", "closing_credits"]) {
        case "opening_credits": .openingCredits
        case "closing_credits": .closingCredits
        default: .chapter
        }
    }

    private mutating func segments(_ chapter: BookFields.Mapping, voice: Voice?) -> [BookFolder.Segment] {
        let nodes = fields.list("segments", in: chapter, example: "- {text: \"It was a bright day.\"}")
        return nodes.enumerated().compactMap { index, node in
            let place = "\(chapter.place), segment \(index + 1)"
            let keys = ["text", "audio", "voice"]
            guard let mapping = fields.mapping(node, place: place, allowed: keys, keepsLines: false) else { return nil }
            var segment = BookFolder.Segment()
            segment.line = mapping.line
            segment.text = fields.text("text", in: mapping, limit: .max)
            segment.voice = self.voice(mapping, default: voice)
            if let audio = mapping["audio"] {
                segment.audio = recording(fields.text("audio", in: mapping, limit: 4096), place: place, at: audio)
            } else if segment.text.isEmpty {
                fields.report("\(place) has neither text nor audio", line: mapping.line)
            }
            if segment.text.utf8.count > Limit.textBytes {
                fields.report("text of \(place) is longer than 20000 bytes", at: mapping["text"], hint: Self.longText)
            }
            return segment
        }
    }

    private static let longText = "A segment is a sentence or a paragraph of speech; split it."

    private mutating func recording(_ name: String, place: String, at node: Node) -> BookFolder.File? {
        guard let file = file(name, called: "audio of \(place),", at: node) else { return nil }
        if file.bytes > Limit.audioBytes {
            fields.report("audio of \(place), \"\(name)\" is larger than 1 GiB", at: node)
        }
        return file
    }

    private mutating func paragraphs(_ chapter: BookFields.Mapping) -> [BookFolder.Segment] {
        guard let node = chapter["text_file"] else { return [] }
        let name = fields.text("text_file", in: chapter, limit: 4096)
        guard let file = file(name, called: "text_file of \(chapter.place),", at: node) else { return [] }
        guard file.bytes <= Limit.yamlBytes, let data = FileManager.default.contents(atPath: file.path) else {
            let problem = file.bytes <= Limit.yamlBytes ? "could not be read" : "is larger than 16 MiB"
            fields.report("text_file of \(chapter.place), \"\(name)\" \(problem)", at: node)
            return []
        }
        guard let text = Self.text(of: data), !text.unicodeScalars.contains("\0") else {
            fields.report("text_file of \(chapter.place), \"\(name)\" is not UTF-8 text", at: node)
            return []
        }
        return Paragraphs.of(text).map { paragraph in
            if paragraph.text.utf8.count > Limit.textBytes {
                let message = "a paragraph is longer than 20000 bytes"
                fields.report(message, file: name, line: paragraph.line, hint: Self.longText)
            }
            return BookFolder.Segment(text: paragraph.text, textFile: name, line: paragraph.line)
        }
    }

    private mutating func recordings(_ chapter: BookFields.Mapping) -> [BookFolder.Segment] {
        guard let node = chapter["audio_dir"] else { return [] }
        let name = fields.text("audio_dir", in: chapter, limit: 4096)
        do {
            let files = try paths.audioFiles(in: name)
            for file in files where file.bytes > Limit.audioBytes {
                fields.report("audio of \(chapter.place), \"\(file.name)\" is larger than 1 GiB", at: node)
            }
            return files.map { BookFolder.Segment(audio: $0, line: node.mark?.line) }
        } catch {
            fields.report("audio_dir of \(chapter.place), \"\(name)\" \(error.problem)", at: node, hint: error.hint)
            return []
        }
    }
}
