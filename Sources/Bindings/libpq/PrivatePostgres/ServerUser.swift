import Glibc
import Processes

/// Who the server runs as: Postgres refuses root.
struct ServerUser: Sendable {
    let uid: UInt32
    let gid: UInt32
    let name: String
    /// Whether that is somebody else than we are.
    let isOther: Bool

    var processUser: ChildSpecification.User? { isOther ? .init(uid: uid, gid: gid) : nil }

    /// Ourselves; where we are root, the user `postgres` if there is one, otherwise `nobody`.
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
