/// Where a job stands. The raw value is the database's word.
///
/// `queued → downloading_audio → (generating_audio →) processing → uploading → completed`; from each but the last to
/// `failed` or `cancelled`, and back to `queued` when the daemon that ran it is gone.
package enum JobStatus: String, Sendable, Hashable, CaseIterable, Codable {
    /// Waiting for a daemon. Becomes ``downloadingAudio`` when claimed.
    case queued
    /// Segments are fetched from the blob store.
    case downloadingAudio = "downloading_audio"
    /// Missing segments are spoken.
    case generatingAudio = "generating_audio"
    /// Chapters are rendered.
    case processing
    /// The last bytes of the package go to the blob store, and it is validated where that was asked for: the step says so.
    case uploading
    /// The package exists. Final.
    case completed
    /// It cannot be made, for the reason in the error message. Becomes ``queued`` only by RetryJob.
    case failed
    /// Somebody asked to stop it. Final.
    case cancelled

    /// Whether nothing happens to the job by itself any more.
    package var isTerminal: Bool {
        switch self {
        case .completed, .failed, .cancelled: true
        case .queued, .downloadingAudio, .generatingAudio, .processing, .uploading: false
        }
    }
}
