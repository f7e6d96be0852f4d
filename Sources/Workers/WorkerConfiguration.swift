internal import Concurrency
internal import Glibc
package import Processes

/// How workers are run.
package struct WorkerConfiguration: Sendable {
    /// The absolute path of the worker program.
    package var executable: String
    /// How many run at once, at most.
    package var processes: Int
    /// Who they run as; nil for ourselves. Takes root.
    package var user: ChildSpecification.User?
    /// Bytes of address space of each.
    package var memoryBytes: UInt64
    /// How long nothing may move before a worker counts as stuck.
    package var stallLimit: Duration
    /// How long a worker that measures may take altogether, and as much again for every eight segments.
    package var measureLimit: Duration
    /// How long a worker that renders may take altogether, beside half the length of the chapter.
    package var renderLimit: Duration
    /// Added to our niceness: the daemon answers before workers work.
    package var niceness: CInt

    /// A configuration for the program at `executable`: as many processes as cores, as `nobody` if we are root, 1 GiB,
    /// 30 seconds without progress, a minute on top of what the audio asks for.
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

/// What one task may use.
struct TaskLimits: Sendable, Hashable {
    /// From start to end; as CPU time, too.
    var time: Duration
    /// Bytes of a file it writes.
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
