internal import ArgumentParser
internal import PackagingClient
internal import PackagingMessages

/// `packctl manifest PROJECT`
struct ManifestCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "manifest",
        abstract: "Show everything that a project's packages are made from.",
        discussion: """
            Chapters and segments in the order of the book, with the ids that "packctl segment" takes.

            EXAMPLES
              packctl manifest the-knot-keeper
              packctl manifest the-knot-keeper --json
            """
    )

    @Argument(help: "The project's id or slug.", completion: Completion.projects)
    var project: String

    @OptionGroup var global: GlobalOptions

    func run(_ client: PackagingClient, _ console: Console) async throws -> CommandStatus {
        var manifest = Manifest()
        _ = try await allPages { token in
            let page = try await client.getManifest(GetManifestRequest(project: project, pageToken: token))
            if token.isEmpty { manifest = page } else { manifest.append(page.chapters) }
            return (page.chapters, page.nextPageToken)
        }
        manifest.nextPageToken = ""
        show(manifest, on: console) { Self.lines(manifest) }
        return .done
    }

    static func lines(_ manifest: Manifest) -> [String] {
        var lines = ["\(manifest.slug)  \(manifest.metadata?.title ?? "")"]
        for chapter in manifest.chapters {
            lines.append("\(chapter.number). \(chapter.title)")
            for segment in chapter.segments {
                let length =
                    segment.audioSha256.isEmpty ? "no audio" : Quantities.length(seconds: segment.durationSeconds)
                lines.append("  \(segment.id)  \(length.padded(to: 8))  \(segment.text.truncated(to: 60))")
            }
        }
        return lines.map(\.printable)
    }
}

extension Manifest {
    /// Adds a page's chapters. If a page ends within a chapter, the next page begins with the rest of that chapter.
    fileprivate mutating func append(_ more: [ManifestChapter]) {
        for chapter in more {
            if let last = chapters.indices.last, chapters[last].id == chapter.id {
                chapters[last].segments += chapter.segments
            } else {
                chapters.append(chapter)
            }
        }
    }
}
