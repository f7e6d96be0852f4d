/// Where the server is, and the time limits.
///
/// The URL should not contain the password. The password is given in ``password``, or libpq finds it in the file that
/// `PGPASSFILE` names.
package struct PostgresConfiguration: Sendable, CustomStringConvertible, CustomReflectable {
    /// A URL (`postgresql://user@host/database?sslmode=verify-full`) or a list of `key=value`, as libpq takes it.
    ///
    /// Its settings for keepalives, TCP timeouts and the application's name take precedence over the properties below.
    package var url: String
    /// The password; nil if libpq is to look for one itself. Appears in no description.
    package var password: String?
    /// The role that is set after connecting (`SET ROLE`), so that the row level security policies apply.
    package var role: String?
    /// The name `pg_stat_activity` shows.
    package var applicationName = "packagingd"

    /// The largest number of connections. Each has a thread. The connection for LISTEN is not counted.
    package var maximumConnections = 8
    /// A connection beyond the first is closed when it was idle for this time.
    package var idleTimeout: Duration = .seconds(300)
    /// How long a caller waits for a connection.
    package var acquireTimeout: Duration = .seconds(10)
    /// How long one attempt to connect may take, with the settings of the session.
    package var connectTimeout: Duration = .seconds(5)
    /// How long the server has to end a cancelled statement, or to roll back, before the connection is dropped.
    package var cancelTimeout: Duration = .seconds(5)
    /// How long the server may take to answer one statement, by the clock of this machine, before the connection is
    /// dropped; nil for no limit. Scripts have no such limit.
    ///
    /// It is longer than ``statementTimeout``, which the server itself keeps and which therefore ends nothing while the
    /// server or the network stands still.
    package var answerTimeout: Duration? = .seconds(15)

    /// `statement_timeout`; zero for none.
    package var statementTimeout: Duration = .seconds(10)
    /// `lock_timeout`; zero for none.
    package var lockTimeout: Duration = .seconds(3)
    /// `idle_in_transaction_session_timeout`; zero for none.
    package var idleInTransactionTimeout: Duration = .seconds(10)

    /// Silence on a TCP connection before the first probe.
    package var keepaliveIdle: Duration = .seconds(10)
    /// Time between two probes.
    package var keepaliveInterval: Duration = .seconds(5)
    /// Unanswered probes after which the connection is dead.
    package var keepaliveCount = 3
    /// How long sent bytes may stay unacknowledged.
    package var tcpUserTimeout: Duration = .seconds(15)

    /// The number of prepared statements that are kept per connection; the least recently used one makes room.
    package var statementCacheSize = 256

    /// The server at `url`, with the timeouts of this system.
    package init(url: String, password: String? = nil, role: String? = nil) {
        self.url = url
        self.password = password
        self.role = role
    }

    /// The description contains neither ``url``, which may hold a password, nor ``password``.
    package var description: String { "PostgresConfiguration(role: \(role ?? "none"))" }

    /// Shows no more than ``description``, so that dumping the value leaks nothing either.
    package var customMirror: Mirror { Mirror(self, children: ["role": role as Any]) }

    /// The parameters for libpq. Later ones take precedence over earlier ones: first our defaults, then the URL, then
    /// the values that are required.
    var connectionParameters: [(String, String)] {
        [
            ("fallback_application_name", applicationName),
            ("keepalives_idle", String(keepaliveIdle.components.seconds)),
            ("keepalives_interval", String(keepaliveInterval.components.seconds)),
            ("keepalives_count", String(keepaliveCount)),
            ("tcp_user_timeout", String(tcpUserTimeout.milliseconds)),
            ("dbname", url),
            ("client_encoding", "UTF8"),
        ] + (password.map { [("password", $0)] } ?? [])
    }

    /// The statements that every new connection runs once: the session's settings, then the role.
    var sessionSetup: [SQL] {
        let timeouts: SQL = """
            SELECT set_config('statement_timeout', \(String(statementTimeout.milliseconds)), false),
                   set_config('lock_timeout', \(String(lockTimeout.milliseconds)), false),
                   set_config('idle_in_transaction_session_timeout', \
            \(String(idleInTransactionTimeout.milliseconds)), false)
            """
        guard let role else { return [timeouts] }
        return [timeouts, "SELECT set_config('role', \(role), false)"]
    }
}

extension Duration {
    /// Whole milliseconds, rounded up so that a short time never becomes zero, which means no limit.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }

    /// The time in seconds for a message, without more digits than a reader needs.
    var inTenths: Duration { .milliseconds((milliseconds + 50) / 100 * 100) }
}
