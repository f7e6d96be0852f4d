internal import Concurrency
internal import Glibc
package import Processes

/// The settings of workers.
package struct WorkerConfiguration: Sendable {
    /// The absolute path of the worker program.
    package var executable: String
    /// The most workers that run at once.
    package var processes: Int
    /// The user that workers run as; our own if nil. A different user needs root.
    package var user: ChildSpecification.User?
    /// Bytes of address space of each worker.
    package var memoryBytes: UInt64
    /// How long a worker may make no progress before it counts as stuck.
    package var stallLimit: Duration
    /// How long a worker that measures segments may take in total: this time once, and again for every eight segments. Also
    /// the limit for a cover and for a description. A package may take a tenth of its playing time in addition.
    package var measureLimit: Duration
    /// How long a worker that renders may take, in addition to half the length of the chapter.
    package var renderLimit: Duration
    /// Added to our niceness, because the daemon's answers are more urgent than the work of workers.
    package var niceness: CInt

    /// A configuration for the program at `executable`: as many processes as cores, as `nobody` if we are root, 1 GiB,
    /// 30 seconds without progress, and a minute in addition to the time that the audio needs.
    package init(executable: String) {
        self.executable = executable
        processes = max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN)))
        user = geteuid() == 0 ? ChildSpecification.User(uid: 65_534, gid: 65_534) : nil
        memoryBytes = 1 << 30
        stallLimit = .seconds(30)
        measureLimit = .seconds(60)
        renderLimit = .seconds(60)
        niceness = 5
    }
}

/// The limits of one task.
struct TaskLimits: Sendable, Hashable {
    /// The time from start to end; it also limits CPU time.
    var time: Duration
    /// Bytes of any file that it writes.
    var fileBytes: UInt64

    func specification(_ configuration: WorkerConfiguration) -> [ChildSpecification.Resource: UInt64] {
        var limits: [ChildSpecification.Resource: UInt64] = [
            .cpuSeconds: UInt64(max(1, time.components.seconds)),
            .fileSize: fileBytes,
            .openFiles: 64,
            .core: 0,
            .processes: 0,
        ]
        if !Sanitizer.isBuiltIn { limits[.addressSpace] = configuration.memoryBytes }
        return limits
    }
}
