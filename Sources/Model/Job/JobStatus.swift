/// The status of a job. The raw value is the word in the database.
///
/// The longest way is `queued → downloading_audio → generating_audio → downloading_audio → processing → uploading →
/// completed`. The four between `queued` and `completed` are called running; a job may skip any of them but the first.
/// A running job can also become `failed` or `cancelled`, or `queued` for another attempt. A queued job can become
/// `cancelled`, or `completed` at once if there is an equal package. A failed or cancelled job becomes `queued` when a user
/// asks for it.
package enum JobStatus: String, Sendable, Hashable, CaseIterable, Codable {
    /// Waiting for a daemon. Becomes ``downloadingAudio`` when claimed.
    case queued
    /// The book is planned, and segments are fetched from the blob store.
    case downloadingAudio = "downloading_audio"
    /// Speech is generated for segments without audio.
    case generatingAudio = "generating_audio"
    /// Chapters are rendered. If validation was asked for, the package is also put together and judged here.
    case processing
    /// The last bytes of the package are written to the blob store, or it is recorded after its validation.
    case uploading
    /// The package exists. Final.
    case completed
    /// The package cannot be made, or too many attempts failed, for the reason in the error message. Becomes ``queued``
    /// only by RetryJob.
    case failed
    /// A user asked to stop the job. Becomes ``queued`` only by RetryJob.
    case cancelled

    /// Whether the job is at an end: its status no longer changes by itself.
    package var isTerminal: Bool {
        switch self {
        case .completed, .failed, .cancelled: true
        case .queued, .downloadingAudio, .generatingAudio, .processing, .uploading: false
        }
    }
}
