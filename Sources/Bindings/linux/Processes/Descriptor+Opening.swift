internal import CLinux
package import Descriptors
internal import Glibc

extension Descriptor {
    /// Opens the file at `path`, closed on exec.
    ///
    /// - Parameters:
    ///   - flags: `O_RDONLY`, `O_RDWR | O_CREAT` and so on.
    ///   - mode: The permissions of a file that is created, before the umask.
    /// - Throws: ``ProcessError`` with the system's reason.
    package static func open(_ path: String, _ flags: CInt, mode: UInt32 = 0o600) throws(ProcessError) -> Descriptor {
        let number = unsafe Glibc.open(path, flags | O_CLOEXEC, mode)
        guard number >= 0 else { throw ProcessError("open \"\(path)\"", errno) }
        return Descriptor(owning: number)
    }

    /// Two connected stream sockets of the Unix family, closed on exec.
    ///
    /// - Throws: ``ProcessError`` if this process has too many open files.
    package static func socketPair() throws(ProcessError) -> (Descriptor, Descriptor) {
        var sockets: [CInt] = [-1, -1]
        let result = unsafe clinux_socket_pair(&sockets)
        guard result == 0 else { throw ProcessError("open a socket pair", -result) }
        return (Descriptor(owning: sockets[0]), Descriptor(owning: sockets[1]))
    }

    /// The two ends of a pipe, closed on exec.
    ///
    /// - Throws: ``ProcessError`` if this process has too many open files.
    package static func pipe() throws(ProcessError) -> (read: Descriptor, write: Descriptor) {
        var ends: [CInt] = [-1, -1]
        let result = unsafe clinux_pipe(&ends)
        guard result == 0 else { throw ProcessError("open a pipe", -result) }
        return (Descriptor(owning: ends[0]), Descriptor(owning: ends[1]))
    }

    /// Makes reads and writes return at once, with `EAGAIN` if they would have to wait.
    package func setNonBlocking() {
        // It fails only if the number is not open.
        _ = withNumber { fcntl($0, F_SETFL, O_NONBLOCK) }
    }

    /// Reads until the end, and keeps the last `limit` bytes. Blocks.
    ///
    /// An error while reading counts as the end.
    package func readTail(limit: Int) -> [UInt8] {
        var tail: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = withNumber { unsafe read($0, &buffer, buffer.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return tail }
            tail.append(contentsOf: buffer[..<count])
            if tail.count > limit { tail.removeFirst(tail.count - limit) }
        }
    }
}
