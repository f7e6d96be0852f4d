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

    /// Advice for a user whose connection TLS refused for `reason`; nil if this library knows none.
    static func advice(forTLS reason: String) -> String? {
        switch reason {
        case "TLS_CERTIFICATE_UNTRUSTED":
            "Name the file with the certificates of the daemon's authority, with --ca-file or PACKAGING_CA_FILE."
        case "TLS_WRONG_HOST": "Call the daemon by a name or an address that its certificate has."
        case "TLS_CERTIFICATE_EXPIRED", "TLS_CERTIFICATE_NOT_YET_VALID":
            "See that this machine's clock is right; if it is, the daemon needs a new certificate."
        case "TLS_CERTIFICATE_REQUIRED", "TLS_CERTIFICATE_REFUSED":
            """
            The daemon takes only certificates of its own authority: name yours and its key, with --certificate and \
            --key, or with PACKAGING_CERTIFICATE and PACKAGING_KEY.
            """
        case "TLS_REQUIRED":
            """
            The daemon speaks TLS there: name the file with the certificates of its authority, with --ca-file or \
            PACKAGING_CA_FILE.
            """
        case "TLS_NOT_SPOKEN": "See that host and port are right, and that the daemon listens there with TLS."
        case "TLS_VERSION_REFUSED": "The daemon speaks TLS 1.3: see what stands between."
        default: nil
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
