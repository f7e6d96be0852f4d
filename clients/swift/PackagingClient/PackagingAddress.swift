import Glibc
public import TTRPC

/// Which daemon to talk to, as users say it.
public enum PackagingAddress {
    /// The environment variable that names an address.
    public static let variable = "PACKAGING_ADDRESS"

    /// Reads `unix:/path`, `tcp://host:port`, or a bare path, which has a slash in it.
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

    /// The address to use: `chosen` if there is one, else the environment's, else the socket in the default state folder.
    ///
    /// - Parameters:
    ///   - environment: The process's environment.
    ///   - userID: The process's user; 0 is root, whose daemon keeps its state elsewhere.
    /// - Throws: ``PackagingError`` with code `invalidArgument` if what was chosen is no address.
    public static func resolve(
        _ chosen: String? = nil,
        environment: [String: String],
        userID: UInt32
    ) throws(PackagingError) -> Address {
        let variable = environment[variable].flatMap { $0.isEmpty ? nil : $0 }
        return try parse(chosen ?? variable ?? defaultSocket(environment: environment, userID: userID))
    }

    /// The address that this process's environment names, else the socket in the default state folder of its user.
    ///
    /// - Throws: ``PackagingError`` with code `invalidArgument` if the environment names no address.
    public static func ofThisProcess() throws(PackagingError) -> Address {
        var environment: [String: String] = [:]
        for name in [variable, "XDG_STATE_HOME", "HOME"] {
            if let value = unsafe getenv(name) { environment[name] = unsafe String(cString: value) }
        }
        return try resolve(environment: environment, userID: getuid())
    }

    /// The path of the socket that a daemon without options listens on.
    public static func defaultSocket(environment: [String: String], userID: UInt32) -> String {
        let folder: String
        if userID == 0 {
            folder = "/var/lib"
        } else if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") {
            // The specification of base directories has relative ones ignored.
            folder = state
        } else {
            folder = (environment["HOME"] ?? "") + "/.local/state"
        }
        return folder + "/packagingd/packagingd.sock"
    }
}
