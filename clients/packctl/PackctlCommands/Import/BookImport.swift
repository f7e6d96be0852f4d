internal import PackagingClient
internal import PackagingMessages
internal import Protobuf

/// One import of a book folder: hash the files, send the description, send the missing files, report refusals.
struct BookImport {
    let book: BookFolder
    /// The folder as the user wrote it.
    let directory: String
    let slug: String
    /// Whether the project with the slug is replaced even if it is another book.
    let replaces: Bool
    let client: PackagingClient
    let console: Console
    let json: Bool

    /// A segment's audio that the daemon refused.
    struct Refusal: Hashable {
        var chapter: Int
        var chapterTitle: String
        var segment: Int
        var file: String
        var reason: String

        var line: String {
            "chapter \(chapter) \"\(chapterTitle)\", segment \(segment): \"\(file)\": \(reason)".printable
        }
    }

    /// The files that were sent, and what the daemon refused.
    struct Sent {
        var files = 0
        /// Why files were refused, by digest.
        var refused: [String: String] = [:]
        /// Segments that keep their earlier audio, because the new one was refused.
        var keeping = 0
        /// The refusal of the cover.
        var cover: PackagingError?
    }

    func run() async throws -> CommandStatus {
        let live = LiveLines(console)
        defer { live.close(keepingLines: false) }
        let digests = try await hash(live)
        var reply = try await describe(digests, replaces: replaces, live)
        var sent = Sent()
        var refusals: [Refusal] = []
        if reply.missingCover, let cover = book.cover {
            sent.cover = try await send(cover: cover, digests, to: reply, live)
            reply.missingCover = sent.cover != nil
        }
        let missing = try await client.missingAudio(after: reply)
        try await send(missing, digests, to: reply, &sent, live)
        for (number, chapter) in book.chapters.enumerated() {
            for (index, segment) in chapter.segments.enumerated() {
                guard let file = segment.audio, let digest = digests[file.path], let reason = sent.refused[digest]
                else {
                    continue
                }
                refusals.append(
                    Refusal(
                        chapter: number + 1,
                        chapterTitle: chapter.title,
                        segment: index + 1,
                        file: file.name,
                        reason: reason
                    )
                )
            }
        }
        live.close(keepingLines: false)
        // The reply must list what is missing now, not what was missing before the files were sent.
        reply.missingAudio = missing.filter { sent.refused[$0] != nil }
        reply.missingAudioNextPageToken = ""
        tell(reply, sent, refusals)
        return refusals.isEmpty && sent.cover == nil ? .done : .partial
    }

    /// Sends the description of the book. If the slug is another book's, the user is asked whether to replace that.
    private func describe(
        _ digests: [String: String],
        replaces: Bool,
        _ live: LiveLines
    ) async throws -> ImportProjectReply {
        let header = ImportHeader(
            slug: slug,
            metadata: book.metadata,
            settings: book.settings,
            coverSha256: book.cover.flatMap { digests[$0.path] } ?? "",
            origin: BookOrigin.of(folder: book.path),
            replace: replaces
        )
        do throws(PackagingError) {
            return try await client.importProject(header, chapters: chapters(digests))
        } catch {
            guard error.reason == "SLUG_TAKEN", !replaces else { throw complaint(about: error) }
            live.show([])
            try await confirm(error)
        }
        return try await describe(digests, replaces: true, live)
    }

    /// Returns if the other book may be replaced.
    private func confirm(_ error: PackagingError) async throws {
        let name = error.metadata["slug"] ?? slug
        let title = error.metadata["title"] ?? ""
        let answer = try await console.ask("Project \"\(name)\" is another book (\"\(title)\"). Replace it? [y/N] ")
        guard let answer else {
            throw Complaint(
                CommandStatus(error.code),
                error.message,
                detail: error.detail,
                hint: "Import this one with another --slug, or run again with --replace to replace that one."
            )
        }
        guard ["y", "yes"].contains(answer.trimmingWhitespace().lowercased()) else {
            throw Complaint(
                .failed,
                "project \"\(name)\" was not replaced",
                hint: "Import this book with another --slug."
            )
        }
    }

    /// An error of the daemon about what the book says, in the words of the book and with its line.
    private func complaint(about error: PackagingError) -> any Error {
        guard error.code == .invalidArgument else { return error }
        if let violation = error.fields.first(where: { $0.field == "header.slug" }) {
            return Complaint(.usage, "--slug \(violation.description)")
        }
        let problems = error.fields.compactMap { book.problem($0, hint: error.hint) }
        return problems.isEmpty ? error : BookError(folder: directory, problems: problems)
    }

    private func chapters(_ digests: [String: String]) -> [ImportedChapter] {
        book.chapters.map { chapter in
            ImportedChapter(
                ImportChapter(title: chapter.title, kind: chapter.kind),
                segments: chapter.segments.map { segment in
                    ImportSegment(
                        text: segment.text,
                        audioSha256: segment.audio.flatMap { digests[$0.path] } ?? "",
                        voice: segment.voice
                    )
                }
            )
        }
    }

    private func tell(_ reply: ImportProjectReply, _ sent: Sent, _ refusals: [Refusal]) {
        if json {
            console.result(reply.json)
        } else {
            let verb = reply.created ? "imported" : "updated"
            let refused = sent.refused.isEmpty ? "" : ", \(sent.refused.count) refused"
            console.result(
                "\(verb) \"\(reply.slug)\": \(Quantities.count(reply.chapters, "chapter")), "
                    + "\(Quantities.count(reply.segments, "segment")), \(Quantities.count(sent.files, "audio file")) sent"
                    + refused
            )
            if !reply.takenSlug.isEmpty {
                console.message(
                    "packctl: project \"\(reply.takenSlug)\" is another book, so this one is \"\(reply.slug)\"\n"
                        + "hint: To replace that book with this one, import it with --replace."
                )
            }
        }
        if let refusal = sent.cover {
            console.message("packctl: cover \"\(book.cover?.name ?? "")\": \(refusal.message)".printable)
            if let detail = refusal.detail { console.message("detail: \(detail)".printable) }
        }
        for refusal in refusals { console.message("packctl: \(refusal.line)") }
        guard !refusals.isEmpty else { return }
        console.complain(
            Complaint(
                .partial,
                Self.summary(of: refusals.count, keeping: min(sent.keeping, refusals.count), slug: reply.slug),
                hint: "Mend the files and import the folder again; only they will be sent.",
                details: refusals.map { refusal in
                    ComplaintDetail(
                        message: refusal.reason,
                        file: refusal.file,
                        chapter: refusal.chapter,
                        segment: refusal.segment
                    )
                }
            )
        )
    }

    /// What became of the segments whose audio was refused.
    static func summary(of segments: Int, keeping: Int, slug: String) -> String {
        let without = segments - keeping
        let lack =
            "\(Quantities.count(without, "segment")) of \"\(slug)\" \(without == 1 ? "has" : "have") no audio"
        if keeping == 0 { return lack + ", because it was refused" }
        if without == 0 {
            return "\(Quantities.count(keeping, "segment")) of \"\(slug)\" "
                + "\(keeping == 1 ? "keeps its" : "keep their") earlier audio, because the new audio was refused"
        }
        return lack
            + ", and \(keeping) \(keeping == 1 ? "keeps its" : "keep their") earlier audio, because the new audio "
            + "was refused"
    }
}
