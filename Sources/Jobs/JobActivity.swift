import Synchronization

/// The activity of one job that its batch does not know about: its package and the validation. The job's work writes it,
/// and the beats read it.
final class JobActivity: Sendable {
    /// What the job does by itself.
    enum Stage: Sendable, Hashable {
        /// Nothing: it waits for the work that it shares with its batch.
        case shared
        /// All chapters are there, and the rest of the package is written.
        case packaging
        /// The package is judged.
        case validating
        /// The package has been judged, and is recorded.
        case storing
    }

    /// The activity at one moment.
    struct State: Sendable, Hashable {
        var stage = Stage.shared
        /// The part of the package that has been stored, 0 through 1.
        var stored = 0.0
        /// The samples of the package that have been decoded for its validation.
        var validatedSamples = 0
    }

    private let current = Mutex(State())

    /// The activity now.
    var state: State { current.withLock { $0 } }

    /// The job goes on to `stage`.
    func enter(_ stage: Stage) {
        current.withLock { state in
            state.stage = stage
            if stage == .validating || stage == .storing { state.stored = 1 }
        }
    }

    /// The share `part` of the package has been stored, 0 through 1.
    func stored(_ part: Double) {
        current.withLock { $0.stored = part }
    }

    /// So many samples of the package have been decoded for its validation.
    func validated(samples: Int) {
        current.withLock { $0.validatedSamples = samples }
    }
}
