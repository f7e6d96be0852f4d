internal import TTRPC

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Why a client could not connect: the cause decides what helps.
enum ConnectFailure {
    /// Advice for a user whose attempt to connect to `address` failed with the system's error `number`.
    static func advice(for address: Address, error number: CInt) -> String {
        switch address {
        case .unix(let path): advice(forSocket: path, error: number)
        case .tcp:
            number == ECONNREFUSED
                ? "Nobody listens at this port: see that the daemon runs, and that host and port are right."
                : "See that host and port are right, and that the network lets the connection through."
        }
    }

    private static func advice(forSocket path: String, error number: CInt) -> String {
        switch number {
        case EACCES, EPERM: SocketOwner.advice(for: path)
        case ENOENT: "Start the daemon with \"packagingd serve\", or give the address at which it listens."
        case ECONNREFUSED where isSocket(path):
            "The daemon that made this socket has ended: start it again with \"packagingd serve\"."
        case ECONNREFUSED, ENOTSOCK: "There is no socket at this path: give the address at which the daemon listens."
        case EPROTOTYPE: "This socket belongs to another program: give the address at which the daemon listens."
        case ENOTDIR, ELOOP: "The path leads nowhere: give the address at which the daemon listens."
        case EAGAIN: "More callers wait than the daemon has taken yet: try again."
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: "This machine is short of files or memory: try again when it is not."
        default: "See that the daemon runs, and that this is the address at which it listens."
        }
    }

    /// Whether the file at `path` is a socket. Connecting to any other file is refused in the same way.
    private static func isSocket(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    }
}
