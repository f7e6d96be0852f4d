import Model
import PackagingMessages

extension PackagingMessages.Readiness {
    /// - Parameters:
    ///   - chapters: The page of missing chapters.
    ///   - segments: The page of missing segments.
    init(
        _ model: Model.Readiness,
        chapters: ArraySlice<ChapterID>,
        segments: ArraySlice<SegmentID>,
        nextPageToken: String
    ) {
        self.init(
            overallReady: model.isReady,
            completionStats: CompletionStats(
                totalChapters: Int32(clamping: model.completion.totalChapters),
                chaptersWithCompleteAudio: Int32(clamping: model.completion.chaptersWithCompleteAudio),
                totalSegments: Int32(clamping: model.completion.totalSegments),
                segmentsWithAudio: Int32(clamping: model.completion.segmentsWithAudio),
                percentComplete: model.completion.percentComplete
            ),
            platforms: model.platforms.map { platform in
                PlatformReadiness(
                    id: platform.platform.rawValue,
                    name: platform.name,
                    enabled: platform.isEnabled,
                    ready: platform.isReady,
                    requirements: platform.requirements.map(Requirement.init)
                )
            },
            missingAudio: MissingAudio(
                chapterIDs: chapters.map(\.description),
                segmentIDs: segments.map(\.description),
                nextPageToken: nextPageToken
            )
        )
    }
}

extension PackagingMessages.Requirement {
    fileprivate init(_ model: Model.Readiness.Requirement) {
        self.init(
            id: model.id.rawValue,
            met: model.isMet,
            details: model.details ?? "",
            expected: model.expected.map(Scalar.init),
            actual: model.actual.map(Scalar.init)
        )
    }
}
