internal import WorkerLink
internal import WorkerMessages

/// A worker's description of itself.
package struct WorkerDescription: Sendable, Hashable {
    /// The identification of the encoders. Equal texts mean equal bytes for equal input.
    package var encoderBuild: String
    /// The layers of confinement that are in force, such as `seccomp`.
    package var confinement: [String]
    /// The codecs that we need and that this build of libav does not have, such as `decoder flac`.
    package var missingCodecs: [String]
    /// How many codecs were checked.
    package var wantedCodecs: Int
}

extension WorkerPool {
    /// Starts a worker, to check that workers start and to get the worker's description.
    ///
    /// - Throws: ``WorkerError``, of kind `short` if there is no such program.
    package func describe() async throws(WorkerError) -> WorkerDescription {
        let limits = TaskLimits(time: configuration.measureLimit, fileBytes: 0)
        return try await run("describe", tenant: nil, limits: limits) { link, worker in
            try link.open(WorkerMethods.describe)
            try link.send(WorkerDescribeInput())
            try link.finish()
            guard let result = try link.receive(WorkerDescribeResult.self) else {
                throw WorkerLinkError.violation("ended the call without a result")
            }
            worker.beat()
            return WorkerDescription(
                encoderBuild: sanitized(result.encoderBuild),
                confinement: result.confinement.map { sanitized($0) },
                missingCodecs: result.codecsWanted.filter { !result.codecsPresent.contains($0) }.map { sanitized($0) },
                wantedCodecs: result.codecsWanted.count
            )
        }
    }
}
