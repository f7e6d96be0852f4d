import Media
import Readers
import WorkerLink
import WorkerMessages

extension MediaService {
    /// Reads and decodes one package.
    func validatePackage() throws(WorkerLinkError) {
        guard let input = try link.receive(WorkerValidateInput.self) else { throw .violation("asked about no package") }
        let descriptor = try link.takeDescriptor()
        var done = 0
        let reader = PackageReader(descriptor: descriptor) { samples, isTrackDone in
            // Progress that cannot be sent does not end the work. If the other end is closed, the result is lost, too.
            let progress = WorkerValidateProgress(samplesDone: Int64(done + samples))
            try? link.send(WorkerValidateUpdate(item: .progress(progress)))
            if isTrackDone { done += samples }
        }
        var package: WorkerMeasuredPackage
        do {
            switch input.format {
            case "m4b": package = try reader.m4b()
            case "zip_mp3": package = try reader.zip()
            case "epub3": package = try reader.epub()
            default: throw WorkerLinkError.violation("asked for the format \"\(input.format)\"")
            }
        } catch let error as ReaderError {
            package = WorkerMeasuredPackage(refusal: error.reason)
        } catch let error as MediaError {
            throw WorkerLinkError(error)
        } catch let error as WorkerLinkError {
            throw error
        } catch {
            throw .failed("\(error)")
        }
        try link.send(WorkerValidateUpdate(item: .package(package)))
    }
}
