package import Model
internal import Processes
internal import WorkerLink
internal import WorkerMessages

/// The result of a worker's check of an image.
package enum CoverOutcome: Sendable, Hashable {
    /// The image, and its size in pixels.
    case measured(Model.Cover.Format, width: Int, height: Int)
    /// The file is not an image that platforms accept: the end of a sentence about it.
    case refused(String)
}

extension WorkerPool {
    /// Decodes an image, and finds its format and size.
    ///
    /// - Parameter maximumPixels: The largest accepted product of width and height.
    /// - Throws: ``WorkerError`` if the worker ended without a result.
    package func measureCover(
        _ image: WorkerFile,
        maximumPixels: Int,
        tenant: TenantID
    ) async throws(WorkerError) -> CoverOutcome {
        let limits = TaskLimits(time: configuration.measureLimit, fileBytes: 0)
        return try await run("cover", tenant: tenant, limits: limits) { link, worker in
            try link.open(WorkerMethods.measureCover)
            try link.send(WorkerCoverInput(maxPixels: Int64(maximumPixels)), descriptors: [try image.open()])
            try link.finish()
            guard let result = try link.receive(WorkerCoverResult.self) else {
                throw WorkerLinkError.violation("ended the call without a result")
            }
            worker.beat()
            guard result.refusal.isEmpty else { return .refused(sanitized(result.refusal)) }
            guard let format = Model.Cover.Format(rawValue: result.format), result.width > 0, result.height > 0 else {
                throw WorkerLinkError.violation("measured what cannot be")
            }
            return .measured(format, width: Int(result.width), height: Int(result.height))
        }
    }
}
