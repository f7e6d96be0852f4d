internal import Model

/// Where a server listens and a client connects.
public enum Address: Sendable, Hashable, CustomStringConvertible {
    /// A Unix socket. The path may have 107 bytes.
    case unix(path: String)
    /// A TCP port; 0 lets the system choose when listening.
    case tcp(host: String, port: Int)

    /// The bytes that the system allows in a socket's path.
    static let maximumPathLength = 107

    /// `unix:/path` or `tcp://host:port`.
    public var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): host.contains(":") ? "tcp://[\(host)]:\(port)" : "tcp://\(host):\(port)"
        }
    }

    /// Reads the form of ``description``; nil for anything else.
    public init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard !path.isEmpty else { return nil }
            // unix:///path is what Go's and gRPC's programs write.
            self = .unix(path: path.hasPrefix("//") ? String(path.dropFirst(2)) : path)
        } else if text.hasPrefix("tcp://") {
            let rest = text.dropFirst(6)
            guard let colon = rest.lastIndex(of: ":"), let port = UInt16(rest[rest.index(after: colon)...]) else {
                return nil
            }
            var host = rest[..<colon]
            if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
            guard !host.isEmpty else { return nil }
            self = .tcp(host: String(host), port: Int(port))
        } else {
            return nil
        }
    }

    /// Checks that a socket can have `path`.
    static func check(path: String) throws(PackagingError) {
        guard path.utf8.count <= maximumPathLength else {
            throw PackagingError(
                .invalidArgument,
                "socket path \"\(path)\" has \(path.utf8.count) bytes, and the system allows \(maximumPathLength)",
                hint: "Choose a shorter path, for example in a shorter state folder."
            )
        }
    }
}
