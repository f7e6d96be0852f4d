import Model
import Workers

/// Decides what follows when workers that render a chapter end without a result.
///
/// A segment is blamed by its name only if a worker refuses it, or if it ends a worker that has nothing else to do. A
/// worker that dies with a whole chapter may have died of any segment, of its encoders, or of a fault of the machine. A
/// value without I/O.
struct RenderTrial {
    /// The next thing to do.
    enum Step {
        /// Let another worker render the chapter.
        case renderAgain
        /// Let workers decode each segment of the chapter alone, report each to
        /// ``RenderTrial/decodedAlone(_:segment:)``, and throw ``RenderTrial/noSegmentIsAtFault`` if none is at fault.
        case decodeAlone
        /// End the work on the job with this error.
        case giveUp(PackagingError)
        /// Nobody wants the result any more.
        case stop
    }

    /// The chapter for people, such as `chapter 1 "One"`.
    let name: String
    /// How the first two workers ended, if they died or timed out.
    private var ends: [WorkerError] = []

    init(of name: String) {
        self.name = name
    }

    /// A worker that rendered the chapter has ended without a result.
    mutating func ended(_ error: WorkerError) -> Step {
        switch error.kind {
        case .cancelled:
            return .stop
        case .refused:
            let segment = error.segment.map { ", segment \($0 + 1)" } ?? ""
            return .giveUp(
                PackagingError(.failedPrecondition, "cannot render \(name)\(segment): \(error)", cause: error)
            )
        case .short, .failed, .unavailable:
            return .giveUp(PackagingError(ofJob: error, "could not render \(name)"))
        case .died, .timedOut:
            ends.append(error)
            return ends.count == 1 ? .renderAgain : .decodeAlone
        }
    }

    /// A segment was decoded alone.
    ///
    /// - Parameter segment: Its number in the chapter, counting from 1.
    /// - Returns: The error that ends the work on the job; nil if the segment is not at fault.
    func decodedAlone(_ outcome: MeasureOutcome, segment: Int) -> PackagingError? {
        switch outcome {
        case .measured:
            return nil
        case .refused(let reason):
            return PackagingError(.failedPrecondition, "cannot render \(name), segment \(segment): \(reason)")
        case .failed(let error) where error.blamesFile:
            return PackagingError(
                .failedPrecondition,
                "cannot render \(name), segment \(segment): \(error), with this segment alone",
                hint: "Record the segment again, or convert it to WAV or FLAC.",
                cause: error
            )
        case .failed(let error):
            return PackagingError(ofJob: error, "could not render \(name)")
        }
    }

    /// Workers died with the whole chapter, and with none of its segments alone. Another attempt may succeed.
    var noSegmentIsAtFault: PackagingError {
        let last = ends.last.map { "\($0)" } ?? "workers died"
        return PackagingError(
            .unavailable,
            "could not render \(name): \(last), for the second time; each segment alone can be decoded",
            cause: ends.last
        )
    }
}
