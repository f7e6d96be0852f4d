import Glibc
import Processes

/// The user that the server runs as. Postgres refuses to run as root.
struct ServerUser: Sendable {
    let uid: UInt32
    let gid: UInt32
    let name: String
    /// Whether that is a different user than ours.
    let isOther: Bool

    var processUser: ChildSpecification.User? { isOther ? .init(uid: uid, gid: gid) : nil }

    /// Our own user. If we are root, the user `postgres` if it exists, otherwise `nobody`.
    static func current() throws(PrivatePostgresError) -> ServerUser {
        guard geteuid() == 0 else {
            return ServerUser(uid: geteuid(), gid: getegid(), name: "the user with uid \(geteuid())", isOther: false)
        }
        for name in ["postgres", "nobody"] {
            guard let entry = unsafe getpwnam(name), unsafe entry.pointee.pw_uid != 0 else { continue }
            let (uid, gid) = unsafe (entry.pointee.pw_uid, entry.pointee.pw_gid)
            return ServerUser(uid: uid, gid: gid, name: "the user \"\(name)\"", isOther: true)
        }
        throw PrivatePostgresError(
            "cannot start a private Postgres as root: there is neither a user \"postgres\" nor a user \"nobody\"",
            hint: "Start the daemon as another user, or give it a database with --database-url."
        )
    }
}
