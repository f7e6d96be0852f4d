import Synchronization

/// What one job does at the moment, where its batch does not know: shared between its work and the beats that tell it.
final class JobActivity: Sendable {
    private let state = Mutex((uploaded: 0.0, isValidating: false))

    /// The part `part` of the package is stored, 0 through 1.
    func uploaded(_ part: Double) {
        state.withLock { $0.uploaded = part }
    }

    /// The package is being validated.
    func beganValidation() {
        state.withLock { $0.isValidating = true }
    }

    /// What the job says, after what its batch says where this part of the package is stored.
    func report(_ ofBatch: (_ uploaded: Double) -> BatchProgress.Report) -> BatchProgress.Report {
        let state = state.withLock { $0 }
        var report = ofBatch(state.uploaded)
        if state.isValidating { report.step = "validating the package" }
        return report
    }
}
