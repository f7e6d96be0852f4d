internal import Protobuf

/// One of the things that are wrong, in an error for programs. Only what is known of its place is set.
struct ComplaintDetail: Sendable, Hashable {
    var message: String
    /// The field of the request, in the words of the proto files.
    var field: String?
    /// The file, and the line in it.
    var file: String?
    var line: Int?
    /// The place in the book, from 1.
    var chapter: Int?
    var segment: Int?
    var platform: String?
    var hint: String?
}

extension Complaint {
    /// The error as one JSON object on one line: the form of errors with `--json`.
    ///
    /// Code, reason, message and details are always there; everything else only if there is any.
    var json: String {
        var json = JSONWriter()
        json.beginObject()
        json.member("code", code)
        json.member("reason", reason)
        json.member("message", message)
        json.field("detail", detail ?? "")
        json.field("hint", hint ?? "")
        json.list("details", details) { $1.value($0) }
        if !metadata.isEmpty { json.map("metadata", metadata) { $1.value($0) } }
        json.field("callId", callID)
        if let retryAfter { json.member("retryAfterSeconds", retryAfter) }
        json.member("exitCode", status.rawValue)
        json.endObject()
        return json.text
    }

    /// All problems of a book folder as one error for programs.
    init(_ error: BookError) {
        let folder = error.folder.hasSuffix("/") ? error.folder : error.folder + "/"
        self.init(
            .failed,
            "book folder \"\(error.folder)\" has \(Quantities.count(error.problems.count, "problem"))",
            details: error.problems.map { problem in
                ComplaintDetail(
                    message: problem.message,
                    file: folder + problem.file,
                    line: problem.line,
                    hint: problem.hint
                )
            }
        )
        code = "BOOK_INVALID"
    }
}

extension JSONWriter {
    fileprivate mutating func value(_ detail: ComplaintDetail) {
        beginObject()
        member("message", detail.message)
        field("field", detail.field ?? "")
        field("file", detail.file ?? "")
        if let line = detail.line { member("line", line) }
        if let chapter = detail.chapter { member("chapter", chapter) }
        if let segment = detail.segment { member("segment", segment) }
        field("platform", detail.platform ?? "")
        field("hint", detail.hint ?? "")
        endObject()
    }
}
