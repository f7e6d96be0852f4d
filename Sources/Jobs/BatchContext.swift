import Assets
import Logging
import Model
import Queue

/// The objects that the work for a batch and the work for each of its jobs share.
struct BatchContext: Sendable {
    let batch: ClaimedBatch
    let parts: BatchParts
    /// The folder of its files. It is removed when the last job has ended.
    let scratch: ScratchFolder
    /// The results of the batch's work, for which the jobs wait.
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
