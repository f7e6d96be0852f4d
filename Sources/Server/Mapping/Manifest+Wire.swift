import Model
import PackagingMessages
import Services

extension PackagingMessages.Manifest {
    init(_ page: ManifestService.Page) {
        var chapters: [ManifestChapter] = []
        for line in page.lines {
            if chapters.last?.id != line.chapter.description {
                chapters.append(
                    ManifestChapter(
                        id: line.chapter.description,
                        title: line.title,
                        kind: PackagingMessages.ChapterKind(line.kind),
                        number: Int32(clamping: line.chapterNumber)
                    )
                )
            }
            if let segment = line.segment {
                chapters[chapters.count - 1].segments.append(ManifestSegment(segment))
            }
        }
        self.init(
            projectID: page.project.id.description,
            slug: page.project.slug,
            metadata: PackagingMessages.BookMetadata(page.project.metadata),
            cover: page.project.cover.map(PackagingMessages.Cover.init),
            chapters: chapters,
            nextPageToken: page.nextToken,
            revision: page.project.revision
        )
    }
}

extension PackagingMessages.ManifestSegment {
    fileprivate init(_ model: ManifestLine.Segment) {
        self.init(
            id: model.id.description,
            text: model.text,
            audioSha256: model.audio?.description ?? "",
            durationSeconds: model.samples.map(seconds) ?? 0,
            provenance: model.provenance ?? ""
        )
    }
}

extension PackagingMessages.ChapterKind {
    fileprivate init(_ model: Model.ChapterKind) {
        switch model {
        case .chapter: self = .chapter
        case .openingCredits: self = .openingCredits
        case .closingCredits: self = .closingCredits
        }
    }
}
