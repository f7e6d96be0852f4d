internal import Model

/// Where a server listens and a client connects.
public enum Address: Sendable, Hashable, CustomStringConvertible {
    /// A Unix socket. The path may have at most 107 bytes.
    case unix(path: String)
    /// A TCP port; 0 lets the system choose when listening.
    case tcp(host: String, port: Int)

    /// The most bytes of a socket's path that the system allows.
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
            // Programs in Go and programs of gRPC write unix:///path.
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

    /// Whether it is a Unix socket.
    package var isUnix: Bool { if case .unix = self { true } else { false } }

    /// Checks that `path` is allowed for a socket.
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
