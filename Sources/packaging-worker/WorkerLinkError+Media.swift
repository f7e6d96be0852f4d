import Media
import WorkerLink

extension WorkerLinkError {
    /// The error that ends a call because of `error`, which does not blame the input.
    init(_ error: MediaError) {
        self =
            switch error.kind {
            case .short(.memory): .short(.memory, error.reason)
            case .short(.space): .short(.space, error.reason)
            case .short(.disk): .short(.disk, error.reason)
            default: .failed(error.reason)
            }
    }
}
