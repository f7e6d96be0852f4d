import Files
import Glibc

/// Who may connect to the server, and as which roles: the content of `pg_hba.conf` and `pg_ident.conf`.
///
/// The kernel tells the server which user of the system connects (`peer`), and a map lists the roles that this user may
/// be. So a process of another user is refused even where it reaches the socket.
struct AccessRules: Equatable {
    /// The names of the system's users that are let in.
    let users: [String]
    /// The roles that they may be.
    let roles: [String]
    /// Whether every user may be every role.
    var isOpen = false

    /// The name of the map in `pg_ident.conf`.
    private static let map = "packagingd"
    private static let note = "# packagingd writes this file at each start: changes do not last.\n"

    /// The content of `pg_hba.conf`.
    var connections: String { Self.note + "local all all " + (isOpen ? "trust" : "peer map=\(Self.map)") + "\n" }

    /// The content of `pg_ident.conf`.
    var identities: String {
        let pairs = users.flatMap { user in roles.map { (user, $0) } }
        return Self.note + pairs.map { "\(Self.map) \(Self.quoted($0)) \(Self.quoted($1))\n" }.joined()
    }

    private static func quoted(_ name: String) -> String {
        "\"" + name.replacing("\"", with: "\"\"") + "\""
    }
}

extension AccessRules {
    /// The rules for the daemon's user, and for root, who looks at a server that another user's daemon runs.
    ///
    /// - Throws: ``PrivatePostgresError`` if our user has no name, because the server knows users by their names.
    init(_ configuration: PrivatePostgresConfiguration) throws(PrivatePostgresError) {
        guard let own = Self.name(of: geteuid()) else {
            throw PrivatePostgresError(
                "cannot run a private Postgres: the user with uid \(geteuid()) has no name",
                hint: "Give it an entry in /etc/passwd, or give the daemon a database with --database-url."
            )
        }
        var users = [own]
        if let root = Self.name(of: 0), root != own { users.append(root) }
        self.init(
            users: users,
            roles: [
                configuration.adminRole, configuration.ownerRole, configuration.appRole, configuration.upgradeRole,
            ],
            isOpen: configuration.admitsEveryRole
        )
    }

    private static func name(of uid: UInt32) -> String? {
        guard let entry = unsafe getpwuid(uid), let name = unsafe entry.pointee.pw_name else { return nil }
        return unsafe String(cString: name)
    }

    /// Writes both files into the data folder of the server, which runs as `user` and must be able to read them.
    func write(into dataFolder: String, for user: ServerUser) throws(PrivatePostgresError) {
        try Self.write(connections, to: dataFolder + "/pg_hba.conf", for: user)
        try Self.write(identities, to: dataFolder + "/pg_ident.conf", for: user)
    }

    /// Replaces a file at once, so that no crash leaves half of it.
    private static func write(_ text: String, to path: String, for user: ServerUser) throws(PrivatePostgresError) {
        let new = path + ".new"
        do {
            try FileTree.removeFile(new)
            // The file must not exist: the folder belongs to the server's user, who may have put a link there.
            let file = try OpenFile(new, .creating)
            try file.write(Array(text.utf8))
            try file.synchronise()
        } catch {
            throw PrivatePostgresError("\(error)")
        }
        if user.isOther, unsafe lchown(new, user.uid, user.gid) != 0 {
            throw PrivatePostgresError("could not give the file \"\(new)\" to \(user.name): \(reason(errno))")
        }
        guard unsafe rename(new, path) == 0 else {
            throw PrivatePostgresError("could not write the file \"\(path)\": \(reason(errno))")
        }
    }
}
