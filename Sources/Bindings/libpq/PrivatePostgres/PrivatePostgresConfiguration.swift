/// The settings of a private Postgres.
package struct PrivatePostgresConfiguration: Sendable {
    /// The daemon's state folder, an absolute path. The database is in its subfolder `postgres`.
    package var stateFolder: String
    /// The server's superuser, which makes the two other roles and does nothing else.
    package var adminRole = "packaging_admin"
    /// The role that owns everything and runs migrations. It is no superuser; it may make roles.
    package var ownerRole = "packaging_owner"
    /// The role that the daemon works as. It can only log in until the owner grants it more.
    package var appRole = "packaging_app"
    /// Whether whoever reaches the socket may be any role. Tests turn this on, because they make roles of their own.
    package var admitsEveryRole = false
    /// Whether commits survive a power cut. Tests turn this off.
    package var isDurable = true
    /// The number of connections that the server accepts.
    package var maximumConnections = 40
    /// How long a start may take. After a crash the server first recovers from its log, and a recovery that is
    /// interrupted begins anew.
    package var startTimeout: Duration = .seconds(600)
    /// How long a fast stop may take before it becomes an immediate one.
    package var stopTimeout: Duration = .seconds(10)

    /// A Postgres in `stateFolder`, which must exist.
    package init(stateFolder: String) { self.stateFolder = stateFolder }

    /// A superuser for a moment, while the roles of an earlier version are divided.
    var upgradeRole: String { appRole + "_upgrade" }

    func serverArguments(_ folders: Folders) -> [String] {
        let settings = [
            "listen_addresses": "",
            "unix_socket_permissions": "0700",
            "port": "\(PrivatePostgres.port)",
            "max_connections": "\(maximumConnections)",
            "shared_buffers": "64MB",
            "wal_level": "minimal",
            "max_wal_senders": "0",
            "jit": "off",
            "fsync": isDurable ? "on" : "off",
            "synchronous_commit": isDurable ? "on" : "off",
            "full_page_writes": isDurable ? "on" : "off",
            "log_line_prefix": "%m [%p] ",
            "log_timezone": "UTC",
            "timezone": "UTC",
        ]
        return ["-D", folders.data, "-k", folders.sockets]
            + settings.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0.key)=\($0.value)"] }
    }
}
