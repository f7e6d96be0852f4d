import Model
import Validation
import Wire

extension Wire.ValidationReport {
    init(_ model: Validation.ValidationReport) {
        self.init(
            valid: model.valid,
            issues: model.issues.map { issue in
                Wire.ValidationIssue(
                    severity: issue.severity.rawValue,
                    category: issue.category.rawValue,
                    message: issue.message,
                    details: issue.details,
                    affectedChapters: issue.affectedChapters.map { Int32(clamping: $0) }
                )
            },
            specs: Wire.MeasuredSpecs(
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

extension Wire.Package {
    /// Whether a stored report says that the package is valid; nil for one that this version cannot read.
    static func verdict(of report: String) -> Validation? {
        StoredReport(json: report).map { .validationPassed($0.valid) }
    }
}

/// `Validation` alone is a case of ``Wire/Package`` inside its extensions.
private typealias StoredReport = Validation.ValidationReport
