import Files
import Model
import Processes
import Services
import Workers

extension WorkerPool {
    /// Measures open files with one worker: a measurement or a refusal for each, in order.
    func measure(
        _ files: [OpenFile],
        tenant: TenantID
    ) async throws(PackagingError) -> [Result<AudioMeasurement, AudioRefusal>] {
        let outcomes: [MeasureOutcome]
        do throws(WorkerError) {
            outcomes = try await measure(files.map { .reading($0.path) }, tenant: tenant)
        } catch {
            throw PackagingError(error)
        }
        return outcomes.map { outcome in
            switch outcome {
            case .measured(let measurement): .success(measurement)
            case .refused(let reason): .failure(AudioRefusal(reason))
            // What ends a worker that had nothing else to do cannot be used, whatever it is.
            case .failed(let error): .failure(AudioRefusal("it could not be decoded: \(error)"))
            }
        }
    }
}
