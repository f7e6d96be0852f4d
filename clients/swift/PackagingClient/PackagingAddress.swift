import Glibc
public import TTRPC

/// The address of a daemon, as users write it.
public enum PackagingAddress {
    /// The environment variable that names an address.
    public static let variable = "PACKAGING_ADDRESS"

    /// Reads `unix:/path`, `tcp://host:port`, or a bare path, which must contain a slash.
    ///
    /// - Throws: ``PackagingError`` with code `invalidArgument` for anything else.
    public static func parse(_ text: String) throws(PackagingError) -> Address {
        if let address = Address(text) { return address }
        guard text.contains("/"), !text.hasPrefix("unix:"), !text.contains("://") else {
            throw PackagingError(
                .invalidArgument,
                "address \"\(text)\" is neither a path nor a host and port",
                hint: "Write unix:/path/to/packagingd.sock, a path with a slash in it, or tcp://host:port."
            )
        }
        return .unix(path: text)
    }

    /// The socket of the machine's daemon. It is started by root, or by a system package under a separate user.
    public static let systemSocket = "/var/lib/packagingd/packagingd.sock"

    /// The address to use: `chosen` if it is set, otherwise the environment's, otherwise the default socket.
    ///
    /// - Parameters:
    ///   - environment: The process's environment.
    ///   - userID: The process's user; 0 is root, whose daemon is the machine's daemon.
    /// - Throws: ``PackagingError`` with code `invalidArgument` if the chosen text is not an address.
    public static func resolve(
        _ chosen: String? = nil,
        environment: [String: String],
        userID: UInt32
    ) throws(PackagingError) -> Address {
        let variable = environment[variable].flatMap { $0.isEmpty ? nil : $0 }
        return try parse(chosen ?? variable ?? defaultSocket(environment: environment, userID: userID))
    }

    /// The address that this process's environment names, otherwise the default socket of its user.
    ///
    /// - Throws: ``PackagingError`` with code `invalidArgument` if the environment names no address.
    public static func ofThisProcess() throws(PackagingError) -> Address {
        var environment: [String: String] = [:]
        for name in [variable, "XDG_STATE_HOME", "HOME"] {
            if let value = unsafe getenv(name) { environment[name] = unsafe String(cString: value) }
        }
        return try resolve(environment: environment, userID: getuid())
    }

    /// The path of the socket that is used when no address is given: the one in the default state folder of the user.
    /// If it does not exist and the machine has a daemon, it is the ``systemSocket``.
    ///
    /// - Parameter isThere: Whether a file exists, as far as this process can tell.
    public static func defaultSocket(
        environment: [String: String],
        userID: UInt32,
        isThere: (String) -> Bool = { PackagingAddress.mayExist($0) }
    ) -> String {
        if userID == 0 { return systemSocket }
        // By the specification of base directories, relative paths are ignored.
        let state = environment["XDG_STATE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        let own = (state ?? (environment["HOME"] ?? "") + "/.local/state") + "/packagingd/packagingd.sock"
        return !isThere(own) && isThere(systemSocket) ? systemSocket : own
    }

    /// Whether there is a file at `path`, or may be one in a folder that this process may not enter. Connecting then
    /// shows which.
    public static func mayExist(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 || errno == EACCES }
}
