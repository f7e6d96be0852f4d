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

/// A length in seconds, to the millisecond.
func seconds(_ samples: Int) -> Double {
    (Double(samples) * 1000 / Double(Timeline.sampleRate)).rounded() / 1000
}
