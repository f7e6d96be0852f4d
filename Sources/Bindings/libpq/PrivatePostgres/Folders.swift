import Glibc

/// The folders of a private Postgres.
struct Folders: Sendable {
    /// The folder that holds everything below. Only the server's user may enter it.
    let home: String
    /// Where the server's socket is.
    let sockets: String

    var data: String { home + "/data" }
    /// A data folder that is not complete; renamed to ``data`` when it is.
    var unfinishedData: String { home + "/data.new" }
    /// Exists in a data folder whose superuser is the role for administration; see ``ServerRoles``.
    var rolesMark: String { data + "/" + Self.rolesMarkName }
    static let rolesMarkName = "packagingd.roles"
    var log: String { home + "/postgres.log" }
    var lock: String { home + "/lock" }

    /// The longest path that fits into `sun_path` with its NUL.
    private static let longestSocketPath = 107

    /// The folders under `state`, whether they exist or not.
    init(in state: String) {
        home = state + "/postgres"
        let usual = home + "/run"
        let isTooLong = (usual + "/" + PrivatePostgres.socketName).utf8.count > Self.longestSocketPath
        sockets = isTooLong ? "/tmp/packagingd-\(Self.hash(of: home))" : usual
    }

    /// Makes the folders under `state` that are missing.
    ///
    /// - Throws: ``PrivatePostgresError`` if `user` cannot enter them, or one belongs to another user.
    static func prepare(in state: String, for user: ServerUser) throws(PrivatePostgresError) -> Folders {
        let folders = Folders(in: state)
        try make(folders.home, for: user)
        try checkPassable(folders.home, for: user)
        try make(folders.sockets, for: user)
        return folders
    }

    /// Makes a folder that `user` alone can enter, or checks that it is one.
    private static func make(_ path: String, for user: ServerUser) throws(PrivatePostgresError) {
        let isNew = unsafe mkdir(path, 0o700) == 0
        guard isNew || errno == EEXIST else {
            throw PrivatePostgresError("could not create the folder \"\(path)\": \(reason(errno))")
        }
        if isNew, user.isOther, unsafe chown(path, user.uid, user.gid) != 0 {
            throw PrivatePostgresError("could not give the folder \"\(path)\" to \(user.name): \(reason(errno))")
        }
        // lstat does not follow links: in /tmp another user may have put a link where our folder belongs.
        var status = stat()
        guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == user.uid else {
            throw PrivatePostgresError(
                "cannot keep a database in \"\(path)\": it is not a folder of \(user.name)",
                hint: "Start the daemon as the user it was first started as, or with another state folder."
            )
        }
        guard unsafe status.st_mode & 0o077 == 0 || chmod(path, 0o700) == 0 else {
            throw PrivatePostgresError("could not protect the folder \"\(path)\": \(reason(errno))")
        }
    }

    /// Checks that `user` may pass through every folder above `path`.
    private static func checkPassable(_ path: String, for user: ServerUser) throws(PrivatePostgresError) {
        var above = path[...]
        while let slash = above.lastIndex(of: "/") {
            above = above[..<slash]
            let folder = above.isEmpty ? "/" : String(above)
            var status = stat()
            guard unsafe stat(folder, &status) == 0 else {
                throw PrivatePostgresError("could not examine the folder \"\(folder)\": \(reason(errno))")
            }
            let bit: UInt32 =
                if status.st_uid == user.uid { 0o100 } else if status.st_gid == user.gid { 0o010 } else { 0o001 }
            guard status.st_mode & bit != 0 else {
                throw PrivatePostgresError(
                    "cannot keep a database in \"\(path)\": \(user.name) cannot enter the folder \"\(folder)\"",
                    hint: "Use a state folder outside of it, or allow entering it with \"chmod a+x\"."
                )
            }
        }
    }

    /// FNV-1a: the same path gives the same short name after every restart.
    private static func hash(of path: String) -> String {
        let hash = path.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return String(hash, radix: 16)
    }
}

/// The system's words for an error number.
func reason(_ number: CInt) -> String { unsafe String(cString: strerror(number)) }
