import Model
import PackagingMessages
import Protobuf

extension PackagingMessages.JobStatus {
    init(_ model: Model.JobStatus) {
        switch model {
        case .queued: self = .queued
        case .downloadingAudio: self = .downloadingAudio
        case .generatingAudio: self = .generatingAudio
        case .processing: self = .processing
        case .uploading: self = .uploading
        case .completed: self = .completed
        case .failed: self = .failed
        case .cancelled: self = .cancelled
        }
    }
}

extension PackagingMessages.Job {
    init(_ model: PackagingJob) {
        self.init(
            id: model.id.description,
            projectID: model.project.description,
            batchID: model.batch.description,
            platformID: model.platform.rawValue,
            status: PackagingMessages.JobStatus(model.status),
            progressPercent: Int32(clamping: model.progressPercent),
            currentStep: model.currentStep,
            errorMessage: model.errorMessage ?? "",
            packageID: model.package?.description ?? "",
            attempt: Int32(clamping: model.attempt),
            createdAt: ProtoTimestamp(model.createdAt),
            startedAt: model.startedAt.map(ProtoTimestamp.init),
            completedAt: model.completedAt.map(ProtoTimestamp.init),
            estimatedCompletionAt: model.estimatedCompletionAt.map(ProtoTimestamp.init),
            lastSequence: model.lastSequence,
            errorReason: model.errorReason ?? "",
            createdBy: model.createdBy
        )
    }
}

extension PackagingMessages.JobEvent {
    init(_ model: Model.JobEvent) {
        self.init(
            sequence: model.sequence,
            jobID: model.job.description,
            platformID: model.platform.rawValue,
            status: PackagingMessages.JobStatus(model.status),
            progressPercent: Int32(clamping: model.progressPercent),
            currentStep: model.currentStep,
            errorMessage: model.errorMessage ?? "",
            packageID: model.package?.description ?? "",
            at: ProtoTimestamp(model.at),
            estimatedCompletionAt: model.estimatedCompletionAt.map(ProtoTimestamp.init),
            compacted: model.isCompacted,
            attempt: Int32(clamping: model.attempt),
            errorReason: model.errorReason ?? ""
        )
    }
}

extension PackagingMessages.Package {
    init(_ model: StoredPackage) {
        self.init(
            id: model.id.description,
            projectID: model.project.description,
            platformID: model.platform.rawValue,
            format: model.format.rawValue,
            version: Int32(clamping: model.version),
            storageTier: model.tier == .archive ? .archive : .temp,
            fileSizeBytes: model.bytes,
            isValidated: model.isValidated,
            validation: model.validation.map { .validationPassed($0.valid) },
            createdAt: ProtoTimestamp(model.createdAt),
            expiresAt: ProtoTimestamp(model.expiresAt),
            archivedAt: model.archivedAt.map(ProtoTimestamp.init),
            sameAsPackageID: model.sameAs?.description ?? "",
            audioSpec: PackagingMessages.AudioSpec(model.audioSpec),
            durationSeconds: seconds(Int(model.durationSamples)),
            sha256: model.sha256.description,
            fileName: model.fileName,
            jobID: model.job.description,
            current: model.isCurrent,
            createdBy: model.createdBy
        )
    }
}

extension PackagingMessages.StorageQuota {
    init(_ usage: StorageUsage) {
        func megabytes(_ bytes: Int64) -> Double { (Double(bytes) / 100_000).rounded() / 10 }
        self.init(used: megabytes(usage.usedBytes), limit: megabytes(usage.limitBytes), unit: "MB")
    }
}
