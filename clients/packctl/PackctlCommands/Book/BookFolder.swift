internal import PackagingMessages

/// A book folder, read and checked: everything of `book.yaml`, and where its audio lies.
///
/// Nothing of the audio is in memory; a ``BookFile`` only says where the bytes are.
struct BookFolder: Sendable {
    /// A file of the folder.
    struct File: Sendable, Hashable {
        /// As the book names it, relative to the folder.
        var name: String
        /// Where it lies, with every symbolic link followed.
        var path: String
        /// Size when the folder was read.
        var bytes: Int
    }

    /// One segment; it has text or audio or both.
    struct Segment: Sendable, Hashable {
        var text = ""
        var audio: File?
        /// The voice it is spoken in; the book's when nil.
        var voice: Voice?
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
}

/// One thing that is wrong in a book folder, and where.
struct BookProblem: Error, Sendable, Hashable {
    /// The file that is wrong, relative to the folder.
    var file: String
    /// The line in it, from 1; nil where the file as a whole is wrong.
    var line: Int?
    /// What is wrong, in lower case and without a full stop.
    var message: String
    /// What to do, as a sentence.
    var hint: String?
}

/// Everything that is wrong in a book folder, in the order of its lines. Never empty.
struct BookError: Error, Sendable, Hashable {
    /// The folder as the user named it.
    var folder: String
    var problems: [BookProblem]
}
