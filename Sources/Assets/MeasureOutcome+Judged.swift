public import Model
public import Workers

extension MeasureOutcome {
    /// What the outcome says of the file. A file that ended a worker of its own is refused: it would end the next one, too.
    ///
    /// - Throws: ``PackagingError`` with code `unavailable` if nothing is known of the file.
    public func judged() throws(PackagingError) -> Result<AudioMeasurement, AudioRefusal> {
        switch self {
        case .measured(let measurement): return .success(measurement)
        case .refused(let reason): return .failure(AudioRefusal(reason))
        case .failed(let error):
            guard error.blamesFile else { throw PackagingError(error) }
            return .failure(AudioRefusal("it could not be decoded: \(error)"))
        }
    }
}
