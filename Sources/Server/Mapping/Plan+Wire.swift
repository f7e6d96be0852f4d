import Model
import PackagingMessages

extension PackagingMessages.PackagePlan {
    init(_ model: Model.PackagePlan) {
        self.init(
            platformID: model.platform.rawValue,
            packageFormat: model.format.rawValue,
            fileName: model.fileName,
            audioSpec: PackagingMessages.AudioSpec(model.audio),
            sizeBytes: model.size,
            sizeIsExact: model.sizeIsExact,
            durationSeconds: seconds(model.samples),
            files: model.files.map { file in
                PlannedFile(
                    name: file.name,
                    sizeBytes: file.bytes,
                    durationSeconds: file.samples.map(seconds) ?? 0,
                    title: file.title ?? ""
                )
            },
            rejections: model.oversize + model.rejections,
            recipeDigest: model.recipe?.description ?? ""
        )
    }
}

extension PackagingMessages.PlannedChanges {
    init(_ model: Model.PlannedChanges) {
        self.init(
            action: PlannedAction(model.action),
            packageID: model.package?.description ?? "",
            reasons: model.reasons,
            chapters: model.chapters.map { chapter in
                ChapterChange(
                    number: Int32(clamping: chapter.number),
                    title: chapter.title,
                    action: PlannedAction(chapter.action),
                    reasons: chapter.reasons,
                    segmentIDs: chapter.segments.map(\.description)
                )
            }
        )
    }
}

extension PlannedAction {
    fileprivate init(_ model: Model.PlannedChanges.Action) {
        self =
            switch model {
            case .leave: .leave
            case .copy: .copy
            case .encode: .encode
            }
    }
}

/// A length in seconds, to the millisecond.
func seconds(_ samples: Int) -> Double {
    (Double(samples) * 1000 / Double(Timeline.sampleRate)).rounded() / 1000
}
