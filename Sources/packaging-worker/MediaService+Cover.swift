import Descriptors
import Media
import WorkerLink
import WorkerMessages

extension MediaService {
    /// Reads the header of one image.
    func measureCover() throws(WorkerLinkError) {
        guard let input = try link.receive(WorkerCoverInput.self) else {
            throw .violation("asked about no image")
        }
        let descriptor = try link.takeDescriptor()
        try link.send(try result(of: descriptor, maximumPixels: input.maxPixels))
    }

    private func result(of descriptor: Descriptor, maximumPixels: Int64) throws(WorkerLinkError) -> WorkerCoverResult {
        do throws(MediaError) {
            let header = try ImageHeader.read(descriptor: descriptor)
            // Both numbers are below 2^31, so the product fits.
            guard Int64(header.width) * Int64(header.height) <= maximumPixels else {
                return WorkerCoverResult(
                    refusal: "it is \(header.width) by \(header.height) pixels, more than \(maximumPixels) in all"
                )
            }
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
