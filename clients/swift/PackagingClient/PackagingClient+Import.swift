public import PackagingMessages
internal import TTRPC

/// A chapter of an import, with its segments.
public struct ImportedChapter: Sendable, Hashable {
    /// The chapter.
    public var chapter: ImportChapter
    /// Its segments, in order.
    public var segments: [ImportSegment]

    /// A chapter with these segments.
    public init(_ chapter: ImportChapter, segments: [ImportSegment]) {
        self.chapter = chapter
        self.segments = segments
    }
}

extension PackagingClient {
    /// Makes or updates a project from `header` and `chapters` in one step.
    ///
    /// Audio and cover are only named by their digests. The files that the reply lists as missing are sent with
    /// ``putAudio(_:atOnce:each:)`` and ``putCover(_:)``.
    public func importProject(
        _ header: ImportHeader,
        chapters: some Sequence<ImportedChapter> & Sendable
    ) async throws(PackagingError) -> ImportProjectReply {
        try await connection().clientStream(
            ProjectsMethods.importProject,
            metadata: metadata,
            timeout: nil,
            // Other sequences may give their elements only once.
            mayRepeat: chapters is any Collection
        ) { (writer: MessageWriter<ImportProjectRequest>) async throws(PackagingError) in
            try await writer.write(ImportProjectRequest(item: .header(header)))
            for chapter in chapters {
                try await writer.write(ImportProjectRequest(item: .chapter(chapter.chapter)))
                for segment in chapter.segments {
                    try await writer.write(ImportProjectRequest(item: .segment(segment)))
                }
            }
        }
    }

    /// The digests of all named audio that the daemon does not have: those in `reply`, and those that did not fit into
    /// it.
    public func missingAudio(after reply: ImportProjectReply) async throws(PackagingError) -> [String] {
        var missing = reply.missingAudio
        var token = reply.missingAudioNextPageToken
        while !token.isEmpty {
            let page = try await getProject(GetProjectRequest(project: reply.projectID, missingAudioPageToken: token))
            missing += page.missingAudio
            // If a daemon returned the same token again, the loop would never end.
            token = page.missingAudioNextPageToken == token ? "" : page.missingAudioNextPageToken
        }
        return missing
    }
}
