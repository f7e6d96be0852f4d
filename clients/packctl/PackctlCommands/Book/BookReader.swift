internal import Foundation
internal import PackagingMessages
internal import Yams

internal import struct Model.ISBN
internal import enum Model.LanguageTag
internal import enum Model.Platform

/// Reads a book folder: `book.yaml` and the names, sizes and paragraphs of the files that it mentions.
struct BookReader {
    /// The name of the file that describes a book.
    static let fileName = "book.yaml"
    /// The platforms a book may name.
    static let platforms = Platform.allCases.map(\.rawValue)

    /// The limits of a book, which are far beyond any real book.
    enum Limit {
        static let yamlBytes = 16 * 1024 * 1024
        static let segments = 200_000
        static let textBytes = 20_000
        static let audioBytes = 1024 * 1024 * 1024
        static let coverBytes = 64 * 1024 * 1024
    }

    let paths: BookPaths
    var fields = BookFields()
    var segmentCount = 0

    /// Reads the folder `directory`.
    ///
    /// - Throws: ``BookError`` with all its problems.
    static func read(_ directory: String) throws(BookError) -> BookFolder {
        let root = URL(fileURLWithPath: directory).resolvingSymlinksInPath().path
        func failure(_ message: String, hint: String? = nil) -> BookError {
            BookError(folder: directory, problems: [BookProblem(file: fileName, message: message, hint: hint)])
        }
        guard let attributes = BookPaths.Attributes(path: root + "/" + fileName) else {
            throw failure("does not exist", hint: "A book folder holds a file \(fileName); see compose/sample.")
        }
        guard attributes.bytes <= Limit.yamlBytes else { throw failure("is larger than 16 MiB") }
        guard let data = FileManager.default.contents(atPath: root + "/" + fileName) else {
            throw failure("could not be read", hint: "Check its permissions.")
        }
        guard let text = text(of: data) else { throw failure("is not UTF-8 text") }
        var reader = BookReader(paths: BookPaths(root: root))
        let book = reader.book(try reader.root(of: text, folder: directory))
        guard reader.fields.problems.isEmpty, let book else {
            throw BookError(folder: directory, problems: reader.fields.problems)
        }
        return book
    }

    /// The text of a file in UTF-8; nil if it is not UTF-8.
    ///
    /// Editors on Windows begin such files with a byte order mark, which is not part of the text.
    static func text(of data: Data) -> String? {
        String(validating: data.starts(with: [0xEF, 0xBB, 0xBF]) ? data.dropFirst(3) : data, as: UTF8.self)
    }

    private func root(of text: String, folder: String) throws(BookError) -> Node {
        do {
            if let node = try Yams.compose(yaml: text) { return node }
            throw BookProblem(file: Self.fileName, message: "is empty", hint: "It needs at least a title and chapters.")
        } catch let problem as BookProblem {
            throw BookError(folder: folder, problems: [problem])
        } catch {
            throw BookError(folder: folder, problems: [BookProblem(yaml: error)])
        }
    }

    private mutating func book(_ root: Node) -> BookFolder? {
        let known = [
            "title", "subtitle", "authors", "narrators", "language", "publisher", "isbn", "description", "copyright",
            "series", "year", "cover", "digital_voice", "platforms", "packaging", "mastering", "room_tone", "voice",
            "chapters",
        ]
        guard let mapping = fields.mapping(root, place: "", allowed: known) else { return nil }
        var book = BookFolder(path: paths.root)
        book.metadata = metadata(mapping)
        book.settings = settings(mapping)
        book.cover = cover(mapping)
        book.chapters = chapters(mapping, voice: book.settings.voice)
        book.lines = fields.lines
        return book
    }

    private mutating func metadata(_ mapping: BookFields.Mapping) -> BookMetadata {
        BookMetadata(
            title: fields.requiredText("title", in: mapping),
            subtitle: fields.text("subtitle", in: mapping),
            authors: fields.texts("authors", in: mapping),
            narrators: fields.texts("narrators", in: mapping),
            language: language(mapping),
            publisher: fields.text("publisher", in: mapping),
            isbn: isbn(mapping),
            description: fields.text("description", in: mapping, limit: 20_000),
            copyright: fields.text("copyright", in: mapping),
            series: fields.text("series", in: mapping),
            year: year(mapping),
            digitalVoice: fields.flag("digital_voice", in: mapping)
        )
    }

    private mutating func language(_ mapping: BookFields.Mapping) -> String {
        let language = fields.text("language", in: mapping)
        if !language.isEmpty, !LanguageTag.isOne(language) {
            fields.report(
                "language must be a language tag, not \"\(language.prefix(40))\"",
                at: mapping["language"],
                hint: "Write it as in \"en\" or \"pt-BR\"."
            )
        }
        return language
    }

    private mutating func isbn(_ mapping: BookFields.Mapping) -> String {
        let isbn = fields.text("isbn", in: mapping)
        guard !isbn.isEmpty else { return isbn }
        do throws(ISBN.Mistake) {
            _ = try ISBN(reading: isbn)
        } catch {
            fields.report("isbn \"\(isbn.prefix(40))\" \(error.problem)", at: mapping["isbn"])
        }
        return isbn
    }

    private mutating func year(_ mapping: BookFields.Mapping) -> Int32 {
        guard let node = mapping["year"] else { return 0 }
        guard let year = node.scalar.flatMap({ Int32($0.string) }), (1...9999).contains(year) else {
            fields.report("year must be a whole number, 1 through 9999", at: node)
            return 0
        }
        return year
    }

    private mutating func cover(_ mapping: BookFields.Mapping) -> BookFolder.File? {
        guard let node = mapping["cover"] else { return nil }
        let name = fields.text("cover", in: mapping, limit: 4096)
        guard let file = file(name, called: "the cover", at: node) else { return nil }
        if file.bytes > Limit.coverBytes {
            fields.report("the cover \"\(name)\" is larger than 64 MiB", at: node)
        }
        return file
    }

    /// The file `name`; its problems are reported.
    mutating func file(_ name: String, called what: String, at node: Node) -> BookFolder.File? {
        do {
            return try paths.file(name)
        } catch {
            fields.report("\(what) \"\(name)\" \(error.problem)", at: node, hint: error.hint)
            return nil
        }
    }
}

extension BookProblem {
    /// Yams' error for a text that is not YAML.
    fileprivate init(yaml error: any Error) {
        self.init(
            file: BookReader.fileName,
            message: "is not YAML: \(error)".split(separator: "\n").joined(separator: " ")
        )
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            line = mark.line
            message = "not YAML: \(problem)"
        case .duplicatedKeysInMapping(let keys, let context):
            line = context.mark.line
            message = "the key \(keys.map { "\"\($0)\"" }.joined(separator: ", ")) stands twice in one mapping"
        default: break
        }
    }
}
