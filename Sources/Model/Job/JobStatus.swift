/// The status of a job. The raw value is the word in the database.
///
/// `queued → downloading_audio → (generating_audio →) processing → uploading → completed`. From each status but the
/// last a job can become `failed` or `cancelled`. It becomes `queued` again when the daemon that ran it is lost.
package enum JobStatus: String, Sendable, Hashable, CaseIterable, Codable {
    /// Waiting for a daemon. Becomes ``downloadingAudio`` when claimed.
    case queued
    /// Segments are fetched from the blob store.
    case downloadingAudio = "downloading_audio"
    /// Speech is generated for segments without audio.
    case generatingAudio = "generating_audio"
    /// Chapters are rendered.
    case processing
    /// The last bytes of the package are written to the blob store. If validation was asked for, it also happens here,
    /// and the step says so.
    case uploading
    /// The package exists. Final.
    case completed
    /// The package cannot be made, for the reason in the error message. Becomes ``queued`` only by RetryJob.
    case failed
    /// A user asked to stop the job. Final.
    case cancelled

    /// Whether the job is at an end: its status no longer changes by itself.
    package var isTerminal: Bool {
        switch self {
        case .completed, .failed, .cancelled: true
        case .queued, .downloadingAudio, .generatingAudio, .processing, .uploading: false
        }
    }
}
