import Model
import PackagingMessages

extension PackagingMessages.ValidationReport {
    init(_ model: Model.ValidationReport) {
        self.init(
            valid: model.valid,
            issues: model.issues.map { issue in
                PackagingMessages.ValidationIssue(
                    severity: issue.severity.rawValue,
                    category: issue.category.rawValue,
                    message: issue.message,
                    details: issue.details,
                    affectedChapters: issue.affectedChapters.map { Int32(clamping: $0) }
                )
            },
            specs: PackagingMessages.MeasuredSpecs(
                fileSizeMB: model.specs.fileSizeMB,
                totalDurationSeconds: model.specs.totalDurationSeconds,
                audioCodec: model.specs.audioCodec,
                bitrate: model.specs.bitrate,
                sampleRate: Int32(clamping: model.specs.sampleRate),
                channels: Int32(clamping: model.specs.channels),
                peakLevel: model.specs.peakLevel,
                averageRMS: model.specs.averageRMS,
                noiseFloor: model.specs.noiseFloor
            )
        )
    }
}
