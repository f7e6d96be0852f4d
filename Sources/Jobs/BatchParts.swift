package import Assets
package import Blobs
package import Speech
package import Store
package import Workers

/// The parts of the daemon that carrying out a batch needs.
package struct BatchParts: Sendable {
    let jobs: JobStore
    let packages: PackageStore
    let audio: AudioStore
    let projects: ProjectStore
    let blobs: any BlobStore
    let scratch: ScratchSpace
    /// The room in scratch, which all batches share.
    let room = ScratchRoom()
    let workers: WorkerPool
    let speech: [String: any SpeechProvider]
    let encoderBuild: String

    /// These parts.
    ///
    /// - Parameters:
    ///   - speech: The speech providers. If two have the same name, the first is used.
    ///   - encoderBuild: Identifies the build of the workers' encoders; part of every plan.
    package init(
        store: Store,
        blobs: any BlobStore,
        scratch: ScratchSpace,
        workers: WorkerPool,
        speech: [any SpeechProvider],
        encoderBuild: String
    ) {
        jobs = store.jobs
        packages = store.packages
        audio = store.audio
        projects = store.projects
        self.blobs = blobs
        self.scratch = scratch
        self.workers = workers
        self.speech = Dictionary(speech.map { ($0.name, $0) }) { first, _ in first }
        self.encoderBuild = encoderBuild
    }
}
