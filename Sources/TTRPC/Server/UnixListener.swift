internal import Glibc
internal import Model
internal import Synchronization

/// A listening Unix socket that only its owner may connect to, and the lock that keeps other daemons from its path.
///
/// A socket file outlives a killed daemon. It is removed only by who holds the lock, and only when nobody answers on it, so
/// a second daemon cannot take the path of a living one.
final class UnixListener: Sendable {
    /// The socket, bound and listening; to be handed to the channel, which closes it.
    let descriptor: CInt
    private let path: String
    private let lock: CInt
    private let file: (device: dev_t, inode: ino_t)

    /// - Throws: `invalidArgument` for a path that is too long, `alreadyExists` if somebody listens there,
    ///   `failedPrecondition` for what is no socket, `unavailable` for any other refusal of the system.
    init(path: String) throws(PackagingError) {
        try Address.check(path: path)
        lock = try Self.takeLock(path)
        do {
            try Self.removeStale(path)
            descriptor = try Self.listen(path)
        } catch {
            close(lock)
            throw error
        }
        var status = stat()
        file = unsafe lstat(path, &status) == 0 ? (status.st_dev, status.st_ino) : (0, 0)
        self.path = path
    }

    /// Removes the socket file, if it is still ours, and frees the path. The lock's file stays: removing it would let two
    /// daemons hold locks on two files of the same name.
    func release() {
        var status = stat()
        if unsafe lstat(path, &status) == 0, (status.st_dev, status.st_ino) == file { _ = unsafe unlink(path) }
        close(lock)
    }

    private static func takeLock(_ path: String) throws(PackagingError) -> CInt {
        let lock = unsafe open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard lock >= 0 else { throw failure(path) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            defer { close(lock) }
            throw errno == EWOULDBLOCK ? inUse(path) : failure(path)
        }
        return lock
    }

    private static func removeStale(_ path: String) throws(PackagingError) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw PackagingError(
                .failedPrecondition,
                "could not listen on \"\(path)\": a file that is no socket is there"
            )
        }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard probe >= 0 else { throw failure(path) }
        defer { close(probe) }
        // ECONNREFUSED: the file is there and no process listens. Anything else, a full backlog too, means somebody does.
        guard unsafe withAddress(of: path, { unsafe connect(probe, $0, $1) }) != 0, errno == ECONNREFUSED else {
            throw inUse(path)
        }
        guard unsafe unlink(path) == 0 else { throw failure(path) }
    }

    private static func listen(_ path: String) throws(PackagingError) -> CInt {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw failure(path) }
        // Linux gives the file the mode of the socket, so it is never open to others, not even for a moment as it would
        // be with a chmod after the bind.
        guard fchmod(descriptor, 0o600) == 0,
            unsafe withAddress(of: path, { unsafe bind(descriptor, $0, $1) }) == 0,
            Glibc.listen(descriptor, 1024) == 0
        else {
            defer { close(descriptor) }
            throw failure(path)
        }
        return descriptor
    }

    private static func withAddress(of path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
        var address = sockaddr_un(path: path)
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    private static func inUse(_ path: String) -> PackagingError {
        PackagingError(.alreadyExists, "could not listen on \"\(path)\": another process does")
    }

    private static func failure(_ path: String) -> PackagingError {
        let reason = unsafe String(cString: strerror(errno))
        return PackagingError(.unavailable, "could not listen on \"\(path)\": \(reason)")
    }
}
