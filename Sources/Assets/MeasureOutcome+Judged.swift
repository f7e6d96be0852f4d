package import Model
package import Workers

extension MeasureOutcome {
    /// The measurement, or the reason why the file is refused. A file is also refused if a worker that had only this
    /// file died of it or timed out, because another worker had ended in the same way before.
    ///
    /// - Throws: ``WorkerError`` if the outcome says nothing about the file.
    package func judged() throws(WorkerError) -> Result<AudioMeasurement, AudioRefusal> {
        switch self {
        case .measured(let measurement): return .success(measurement)
        case .refused(let reason): return .failure(AudioRefusal(reason))
        case .failed(let error):
            guard error.blamesFile else { throw error }
            return .failure(AudioRefusal("it could not be decoded: \(error)"))
        }
    }
}
