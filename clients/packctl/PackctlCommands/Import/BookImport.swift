internal import PackagingClient
internal import PackagingMessages
internal import Protobuf

/// One import of a book folder: hash the files, send the description, send the missing files, report refusals.
struct BookImport {
    let book: BookFolder
    let slug: String
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

    func run() async throws -> CommandStatus {
        let live = LiveLines(console)
        defer { live.close(keepingLines: false) }
        let digests = try await hash(live)
        var reply = try await client.importProject(header(digests), chapters: chapters(digests))
        var refusals: [Refusal] = []
        var coverRefusal: String?
        if reply.missingCover, let cover = book.cover {
            coverRefusal = try await send(cover: cover, digests, to: reply, live)
            reply.missingCover = coverRefusal != nil
        }
        let missing = try await client.missingAudio(after: reply)
        let refused = try await send(missing, digests, to: reply, live)
        for (number, chapter) in book.chapters.enumerated() {
            for (index, segment) in chapter.segments.enumerated() {
                guard let file = segment.audio, let digest = digests[file.path], let reason = refused[digest] else {
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
        reply.missingAudio = missing.filter { refused[$0] != nil }
        reply.missingAudioNextPageToken = ""
        tell(reply, sent: missing.count - refused.count, refusals, coverRefusal)
        return refusals.isEmpty && coverRefusal == nil ? .done : .partial
    }

    private func header(_ digests: [String: String]) -> ImportHeader {
        ImportHeader(
            slug: slug,
            metadata: book.metadata,
            settings: book.settings,
            coverSha256: book.cover.flatMap { digests[$0.path] } ?? ""
        )
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

    private func tell(_ reply: ImportProjectReply, sent: Int, _ refusals: [Refusal], _ coverRefusal: String?) {
        if json {
            console.result(reply.json)
        } else {
            let verb = reply.created ? "imported" : "updated"
            console.result(
                "\(verb) \"\(reply.slug)\": \(Quantities.count(reply.chapters, "chapter")), "
                    + "\(Quantities.count(reply.segments, "segment")), \(Quantities.count(sent, "audio file")) sent"
            )
        }
        if let coverRefusal {
            console.message("packctl: cover \"\(book.cover?.name ?? "")\": \(coverRefusal)".printable)
        }
        for refusal in refusals { console.message("packctl: \(refusal.line)") }
        guard !refusals.isEmpty else { return }
        console.complain(
            Complaint(
                .partial,
                "\(Quantities.count(refusals.count, "segment")) of \"\(reply.slug)\" "
                    + "\(refusals.count == 1 ? "has" : "have") no audio, because it was refused",
                hint: "Mend the files and import the folder again; only they will be sent."
            )
        )
    }
}
