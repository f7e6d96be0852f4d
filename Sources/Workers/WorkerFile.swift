package import Descriptors
internal import Glibc
internal import Processes

/// A file for a worker. It is opened when the worker is about to need it, and closed here when the worker has it.
package struct WorkerFile: Sendable {
    let open: @Sendable () throws -> Descriptor

    /// A file that `open` opens. It is called on a thread that may block, at most once for each try of a task.
    package init(opening open: @escaping @Sendable () throws -> Descriptor) {
        self.open = open
    }

    /// The existing file at `path`, to be read.
    package static func reading(_ path: String) -> WorkerFile {
        WorkerFile { try Descriptor.open(path, O_RDONLY) }
    }

    /// The file at `path`, created for us alone if it does not exist. The worker empties and writes it.
    package static func writing(_ path: String) -> WorkerFile {
        WorkerFile { try Descriptor.open(path, O_RDWR | O_CREAT) }
    }
}
