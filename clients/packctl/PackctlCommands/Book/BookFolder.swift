internal import PackagingMessages

/// A book folder that was read and checked: the content of `book.yaml`, and where the audio files are.
///
/// No audio is in memory; a ``File`` only states where the bytes are.
struct BookFolder: Sendable {
    /// A file of the folder.
    struct File: Sendable, Hashable {
        /// The name in the book, relative to the folder.
        var name: String
        /// The absolute path, with every symbolic link followed.
        var path: String
        /// The size at the time when the folder was read.
        var bytes: Int
    }

    /// One segment; it has text or audio or both.
    struct Segment: Sendable, Hashable {
        var text = ""
        var audio: File?
        /// The voice for its speech; nil for the book's voice.
        var voice: Voice?
        /// The text file that it was read from; nil for book.yaml.
        var textFile: String?
        /// Its line in that file, from 1.
        var line: Int?
    }

    /// One chapter, in the book's order.
    struct Chapter: Sendable, Hashable {
        var title: String
        var kind = ChapterKind.chapter
        var segments: [Segment] = []
    }

    /// The folder, with every symbolic link followed.
    var path: String
    var metadata = BookMetadata()
    var settings = PackagingSettings()
    var cover: File?
    var chapters: [Chapter] = []
    /// The lines of book.yaml by the names of the fields in messages; see ``BookFields/lines``.
    var lines: [String: Int] = [:]
}

/// One problem of a book folder, with its place.
struct BookProblem: Error, Sendable, Hashable {
    /// The file with the problem, relative to the folder.
    var file: String
    /// The line, from 1; nil if the problem concerns the whole file.
    var line: Int?
    /// The problem, in lower case and without a full stop.
    var message: String
    /// What to do, as a sentence.
    var hint: String?
}

/// All problems of a book folder, in the order in which they were found. Never empty.
struct BookError: Error, Sendable, Hashable {
    /// The folder as the user wrote it.
    var folder: String
    var problems: [BookProblem]
}
