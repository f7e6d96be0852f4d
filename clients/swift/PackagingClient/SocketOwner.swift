#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// The users who may connect to a daemon's socket: its owner, and root.
enum SocketOwner {
    /// Advice for a user who was refused at the socket at `path`.
    static func advice(for path: String) -> String {
        switch name(of: path) {
        case nil: "Only the daemon's own user and root may connect."
        case "root": "The daemon runs as root, and only root may connect: put \"sudo\" before the command."
        case let name?:
            """
            The daemon runs as \(name), and only \(name) and root may connect: put "sudo -u \(name)" before the \
            command.
            """
        }
    }

    /// The name of the user who owns the file at `path`; nil if this process may not see it, or the user has no name.
    private static func name(of path: String) -> String? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        var entry = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 4096)
        // The strings of the entry are in the buffer, so the name is copied while the buffer is valid.
        return unsafe buffer.withUnsafeMutableBufferPointer { buffer in
            guard let strings = buffer.baseAddress,
                unsafe getpwuid_r(status.st_uid, &entry, strings, buffer.count, &found) == 0,
                let entry = unsafe found
            else { return nil }
            return unsafe String(cString: entry.pointee.pw_name)
        }
    }
}
