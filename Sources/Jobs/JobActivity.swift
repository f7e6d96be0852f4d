import Synchronization

/// The activity of one job that its batch does not know about: its upload and its validation. The job's work writes it,
/// and the beats read it.
final class JobActivity: Sendable {
    private let state = Mutex((uploaded: 0.0, isValidating: false))

    /// The share `part` of the package has been stored, 0 through 1.
    func uploaded(_ part: Double) {
        state.withLock { $0.uploaded = part }
    }

    /// The package is being validated.
    func beganValidation() {
        state.withLock { $0.isValidating = true }
    }

    /// The job's report: the batch's report for the stored part of this package, with the step replaced during
    /// validation.
    func report(_ ofBatch: (_ uploaded: Double) -> BatchProgress.Report) -> BatchProgress.Report {
        let state = state.withLock { $0 }
        var report = ofBatch(state.uploaded)
        if state.isValidating { report.step = "validating the package" }
        return report
    }
}
