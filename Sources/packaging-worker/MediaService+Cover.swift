import Descriptors
import Media
import WorkerLink
import WorkerMessages

extension MediaService {
    /// Decodes one image, and tells its format and size.
    func measureCover() throws(WorkerLinkError) {
        guard let input = try link.receive(WorkerCoverInput.self) else {
            throw .violation("asked about no image")
        }
        let descriptor = try link.takeDescriptor()
        try link.send(try result(of: descriptor, maximumPixels: input.maxPixels))
    }

    private func result(of descriptor: Descriptor, maximumPixels: Int64) throws(WorkerLinkError) -> WorkerCoverResult {
        do throws(MediaError) {
            let header = try ImageHeader.decode(descriptor: descriptor, maximumPixels: Int(maximumPixels))
            return WorkerCoverResult(
                format: header.format.rawValue,
                width: Int32(header.width),
                height: Int32(header.height)
            )
        } catch {
            guard error.blamesInput else { throw WorkerLinkError(error) }
            return WorkerCoverResult(refusal: error.reason)
        }
    }
}
