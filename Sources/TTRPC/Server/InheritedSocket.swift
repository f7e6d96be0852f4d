internal import Descriptors
internal import Glibc
package import Model

/// A listening socket that the service manager has opened for us (socket activation, `sd_listen_fds(3)`).
///
/// The manager keeps it and gives it to the next start as well. So it is only closed: its file is never removed, and it is
/// never shut down, which would also end it for the manager.
package struct InheritedSocket: Sendable {
    /// The name that the manager gave it: `FileDescriptorName=` of its unit.
    package let name: String
    /// Whether it is a Unix socket; else it is one of TCP.
    package let isUnix: Bool
    private let descriptor: Descriptor

    /// The first number of a descriptor that is handed over.
    private static let first: CInt = 3
    private static let variables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]

    /// Takes over the sockets that this process was given, and forgets the variables that say so. A second call finds none.
    ///
    /// - Throws: `failedPrecondition` if the variables cannot be read, or a descriptor is no listening socket for streams.
    package static func takeAll() throws(PackagingError) -> [InheritedSocket] {
        var values: [String: String] = [:]
        for name in variables {
            if let value = unsafe getenv(name) { values[name] = unsafe String(cString: value) }
            // A child process must not take them for its own.
            unsafe unsetenv(name)
        }
        var sockets: [InheritedSocket] = []
        for (number, name) in try announced(values, process: getpid()) {
            sockets.append(try InheritedSocket(number, name))
        }
        return sockets
    }

    /// The numbers and names that the variables announce to `process`.
    static func announced(
        _ variables: [String: String],
        process: pid_t
    ) throws(PackagingError) -> [(number: CInt, name: String)] {
        guard let count = variables["LISTEN_FDS"], let owner = variables["LISTEN_PID"] else { return [] }
        guard let owner = pid_t(owner), let count = CInt(count), (0...1024).contains(count) else {
            throw PackagingError(
                .failedPrecondition,
                "cannot read LISTEN_PID and LISTEN_FDS: they must be two whole numbers"
            )
        }
        // They were meant for the process that started us, and came along with its environment.
        guard owner == process else { return [] }
        let names = variables["LISTEN_FDNAMES"]?.split(separator: ":", omittingEmptySubsequences: false) ?? []
        return (0..<Int(count)).map { index in
            (first + CInt(index), index < names.count ? String(names[index]) : "unknown")
        }
    }

    private init(_ number: CInt, _ name: String) throws(PackagingError) {
        func refusal(_ reason: String) -> PackagingError {
            PackagingError(
                .failedPrecondition,
                "cannot use descriptor \(number) (\"\(name)\") of the service manager: \(reason)",
                hint: "It needs ListenStream= in its socket unit, and Accept=no."
            )
        }
        guard fcntl(number, F_GETFD) >= 0 else { throw refusal("it is not open") }
        self.name = name
        descriptor = Descriptor(owning: number)
        // Workers and other children must not have it.
        guard fcntl(number, F_SETFD, FD_CLOEXEC) == 0 else { throw refusal("it cannot be kept from children") }
        func option(_ option: CInt) -> CInt? {
            var (value, size) = (CInt(0), socklen_t(MemoryLayout<CInt>.size))
            return unsafe getsockopt(number, SOL_SOCKET, option, &value, &size) == 0 ? value : nil
        }
        guard let family = option(SO_DOMAIN) else { throw refusal("it is no socket") }
        guard [AF_UNIX, AF_INET, AF_INET6].contains(family) else {
            throw refusal("it is neither a Unix nor a TCP socket")
        }
        guard option(SO_TYPE) == CInt(SOCK_STREAM.rawValue) else { throw refusal("it is no socket for streams") }
        guard option(SO_ACCEPTCONN) == 1 else { throw refusal("it does not listen") }
        isUnix = family == AF_UNIX
    }

    /// Gives the socket to `take`, which then owns it and must close it.
    func hand<Taken>(to take: (CInt) -> Taken) throws(PackagingError) -> Taken {
        // The copy is the same socket. Ours stays open as long as this value, which keeps the number from being another's.
        let copy = descriptor.withNumber { fcntl($0, F_DUPFD_CLOEXEC, 0) }
        guard copy >= 0 else { throw PackagingError(.unavailable, "could not take over the socket \"\(name)\"") }
        return take(copy)
    }
}
