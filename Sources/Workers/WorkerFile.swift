package import Descriptors
internal import Glibc
internal import Processes

/// A file for a worker. It is opened shortly before the worker needs it, and closed in this process when the worker has
/// it.
package struct WorkerFile: Sendable {
    let open: @Sendable () throws -> Descriptor

    /// A file that `open` opens. `open` is called on a thread that may block, at most once for each attempt at a task.
    package init(opening open: @escaping @Sendable () throws -> Descriptor) {
        self.open = open
    }

    /// The existing file at `path`, to be read.
    package static func reading(_ path: String) -> WorkerFile {
        WorkerFile { try Descriptor.open(path, O_RDONLY) }
    }

    /// The file at `path`. If it does not exist, it is created, and only we may open it. The worker empties and writes
    /// it.
    package static func writing(_ path: String) -> WorkerFile {
        WorkerFile { try Descriptor.open(path, O_RDWR | O_CREAT) }
    }
}
