import Assets
import Logging
import Model
import Queue

/// What the work for one batch and the work for each of its jobs share.
struct BatchContext: Sendable {
    let batch: ClaimedBatch
    let parts: BatchParts
    /// Where its files are; goes when the last job has ended.
    let scratch: ScratchFolder
    /// What the batch's work brings forth, and the jobs wait for.
    let results = EncodedRenders()
    let board = BatchBoard()
    let sharing: PackageSharing
    let logger: Logger

    init(batch: ClaimedBatch, parts: BatchParts, scratch: ScratchFolder, logger: Logger) {
        self.batch = batch
        self.parts = parts
        self.scratch = scratch
        self.logger = logger
        sharing = PackageSharing(batch.claims.map(\.platform))
    }
}
