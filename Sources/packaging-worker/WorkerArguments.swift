import Processes

/// The command line from the daemon: at most `--user UID:GID`.
enum WorkerArguments {
    /// The arguments are wrong, so this process was not started by the daemon.
    struct Invalid: Error, CustomStringConvertible {
        let description = "is started by packagingd, with its socket as standard input"
    }

    static func user(in arguments: [String]) throws(Invalid) -> ChildSpecification.User? {
        let given = arguments.dropFirst()
        guard !given.isEmpty else { return nil }
        let ids = given.last?.split(separator: ":").compactMap { UInt32($0) } ?? []
        guard given.count == 2, given.first == "--user", ids.count == 2 else { throw Invalid() }
        return ChildSpecification.User(uid: ids[0], gid: ids[1])
    }
}
