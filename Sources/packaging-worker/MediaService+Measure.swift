import Descriptors
import Media
import WorkerLink
import WorkerMessages

extension MediaService {
    /// Measures each segment when it arrives. A fault of a segment is its result; a fault of ours ends the call.
    func measureAudio() throws(WorkerLinkError) {
        while let input = try link.receive(WorkerMeasureInput.self) {
            let descriptor = try link.takeDescriptor()
            try link.send(try result(of: descriptor, index: input.index))
        }
    }

    private func result(of descriptor: Descriptor, index: Int32) throws(WorkerLinkError) -> WorkerMeasureResult {
        do throws(MediaError) {
            return WorkerMeasureResult(try measure(descriptor: descriptor), index: index)
        } catch {
            guard error.blamesInput else { throw WorkerLinkError(error) }
            return WorkerMeasureResult(index: index, refusal: error.reason)
        }
    }
}

extension WorkerMeasureResult {
    fileprivate init(_ measurement: Measurement, index: Int32) {
        self.init(
            index: index,
            format: measurement.format,
            sourceSampleRate: Int32(measurement.sourceSampleRate),
            sourceChannels: Int32(measurement.sourceChannels),
            samples: Int64(measurement.samples),
            peak: measurement.peak,
            energy: measurement.energy,
            quietestMeanSquare: measurement.quietestMeanSquare,
            warnings: measurement.warnings
        )
    }
}
