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
    /// Makes or updates a project from `header` and `chapters`, all at once.
    ///
    /// Audio and cover are only named by their digests; what the reply says is missing is sent with ``putAudio(_:atOnce:each:)``
    /// and ``putCover(_:)``.
    public func importProject(
        _ header: ImportHeader,
        chapters: some Sequence<ImportedChapter> & Sendable
    ) async throws(PackagingError) -> ImportProjectReply {
        try await importProject { (writer) async throws(PackagingError) in
            try await writer.write(ImportProjectRequest(item: .header(header)))
            for chapter in chapters {
                try await writer.write(ImportProjectRequest(item: .chapter(chapter.chapter)))
                for segment in chapter.segments {
                    try await writer.write(ImportProjectRequest(item: .segment(segment)))
                }
            }
        }
    }

    /// The digests of all audio that is named and not there: those of `reply`, and those it had no room for.
    public func missingAudio(after reply: ImportProjectReply) async throws(PackagingError) -> [String] {
        var missing = reply.missingAudio
        var token = reply.missingAudioNextPageToken
        while !token.isEmpty {
            let page = try await getProject(GetProjectRequest(project: reply.projectID, missingAudioPageToken: token))
            missing += page.missingAudio
            // A daemon that answers a token with itself would keep us here for ever.
            token = page.missingAudioNextPageToken == token ? "" : page.missingAudioNextPageToken
        }
        return missing
    }
}
