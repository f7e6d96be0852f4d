internal import Descriptors
internal import Glibc
internal import Model
internal import Synchronization

/// A listening Unix socket that only its owner and perhaps a group may connect to, and the lock that keeps other daemons from its path.
///
/// A socket file stays behind when a daemon is killed. Only the holder of the lock may remove it, and only if no
/// process answers on it, so a second daemon cannot take the path of a running one.
final class UnixListener: Sendable {
    private let path: String
    private let lock: Descriptor
    private let file: (device: dev_t, inode: ino_t)

    private init(path: String, lock: Descriptor) {
        var status = stat()
        file = unsafe lstat(path, &status) == 0 ? (status.st_dev, status.st_ino) : (0, 0)
        self.path = path
        self.lock = lock
    }

    /// Takes `path`, and gives the listening socket to `take`, which then owns the socket and must close it.
    ///
    /// - Throws: `invalidArgument` for a path that is too long, `alreadyExists` if another process listens there,
    ///   `failedPrecondition` if the file is not a socket, `unavailable` for any other refusal of the system.
    static func open<Taken>(
        _ path: String,
        group: UInt32? = nil,
        handingTo take: (CInt) -> Taken
    ) throws(PackagingError) -> (listener: UnixListener, taken: Taken) {
        try Address.check(path: path)
        let lock = try takeLock(path)
        try removeStale(path)
        let socket = try listen(path)
        if let group {
            do {
                try open(path, to: group)
            } catch {
                // The socket has no owner yet.
                _ = Descriptor(owning: socket)
                throw error
            }
        }
        return (UnixListener(path: path, lock: lock), take(socket))
    }

    /// Removes the socket file, if it is still ours, and frees the path. The lock file stays, because removing it would
    /// let two daemons hold locks on two different files with the same name.
    func release() {
        var status = stat()
        if unsafe lstat(path, &status) == 0, (status.st_dev, status.st_ino) == file { _ = unsafe unlink(path) }
        _ = lock.withNumber { flock($0, LOCK_UN) }
    }

    private static func takeLock(_ path: String) throws(PackagingError) -> Descriptor {
        let number = unsafe Glibc.open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard number >= 0 else { throw failure(path) }
        let lock = Descriptor(owning: number)
        guard lock.withNumber({ flock($0, LOCK_EX | LOCK_NB) }) == 0 else {
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
        let probe = try makeSocket(path)
        // ECONNREFUSED: the file exists and no process listens. Any other result, including a full backlog, means that
        // a process listens.
        guard probe.withNumber({ probe in unsafe withAddress(of: path) { unsafe connect(probe, $0, $1) } }) != 0,
            errno == ECONNREFUSED
        else {
            throw inUse(path)
        }
        guard unsafe unlink(path) == 0 else { throw failure(path) }
    }

    /// A socket that listens on `path`. It has no owner yet; the caller must give it to one at once.
    private static func listen(_ path: String) throws(PackagingError) -> CInt {
        let socket = try makeSocket(path, Int32(SOCK_NONBLOCK.rawValue))
        // Linux gives the file the socket's mode, so it is never open to other users. With a chmod after the bind it
        // would be, for a moment.
        let number = socket.withNumber { number in
            guard fchmod(number, 0o600) == 0,
                unsafe withAddress(of: path, { unsafe bind(number, $0, $1) }) == 0,
                Glibc.listen(number, 1024) == 0
            else { return CInt(-1) }
            return fcntl(number, F_DUPFD_CLOEXEC, 0)
        }
        guard number >= 0 else { throw failure(path) }
        return number
    }

    /// Lets the members of a group connect. Until now only the owner could.
    private static func open(_ path: String, to group: UInt32) throws(PackagingError) {
        guard unsafe lchown(path, uid_t.max, group) == 0, unsafe chmod(path, 0o660) == 0 else {
            let reason = unsafe String(cString: strerror(errno))
            throw PackagingError(
                .failedPrecondition,
                "could not give the socket \"\(path)\" to group \(group): \(reason)",
                hint:
                    "The daemon's user must be a member of the group: \"usermod -aG GROUP USER\", or SupplementaryGroups= "
                    + "in its unit."
            )
        }
    }

    private static func makeSocket(_ path: String, _ flags: Int32 = 0) throws(PackagingError) -> Descriptor {
        let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | flags, 0)
        guard number >= 0 else { throw failure(path) }
        return Descriptor(owning: number)
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
