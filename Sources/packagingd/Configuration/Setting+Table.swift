import Tokens

// All settings. To add one, add a row here and a flag in `SettingOptions.swift`, and use its value.
extension Setting {
    /// All settings, in the order in which the reference page shows them.
    static let all: [Setting] = [
        stateDir, listen, tlsCertificate, tlsKey, tlsClientCA, insecureLoopback, socketGroup, maxConnections,
        maxConnectionsPerPeer, gatewayPeers, jwks, tokenIssuer, tokenAudience, tokenSecretFile, databaseURL,
        databasePasswordFile, migrate, blobURL, blobEndpoint, blobCredentialsFile, blobRegion,
        blobPathStyle, httpProxy, httpCA, workers, drainSeconds, logLevel, logFormat,
    ]

    /// The setting called `name`.
    static func named(_ name: String) -> Setting? { all.first { $0.name == name } }

    static let stateDir = Setting(
        "state-dir",
        .folder,
        valueName: "DIR",
        standardText:
            "`/var/lib/packagingd` for root, else `$XDG_STATE_HOME/packagingd` or `~/.local/state/packagingd`",
        summary: "Where this daemon keeps what is its own.",
        details: "It is made if it is not there. A folder serves one daemon at a time.",
        example: "/var/lib/packagingd"
    )

    static let listen = Setting(
        "listen",
        .addresses,
        valueName: "ADDR",
        standardText: "`packagingd.sock` in the state folder",
        summary: "Where callers connect: unix:/PATH or tcp://HOST:PORT. May be given several times.",
        details: """
            In the file it is one address or a list, in the environment they are separated by commas. A Unix socket is open \
            to the daemon's own user alone (mode 0600), unless `socket-group` names a group. TCP needs `tls-certificate` \
            and `tls-key`, or `insecure-loopback`. With port 0 the system chooses one; the line "listening" of the log \
            tells it. The default socket is for who names no address: name it as well to keep it beside a TCP address.
            """,
        example: "[\"unix:/run/packagingd/packagingd.sock\", \"tcp://0.0.0.0:7443\"]"
    )

    static let tlsCertificate = Setting(
        "tls-certificate",
        .file,
        valueName: "FILE",
        standardText: "none",
        summary: "The certificate for TCP callers, in PEM, and after it those between it and its authority.",
        details: """
            All of TCP then speaks TLS 1.3 and nothing else. The files of certificate and key are looked at every few \
            seconds and on SIGHUP: what changed is taken for new connections, and open ones stay. New files that do not \
            fit are named in the log, and the daemon goes on with what it has. From 14 days before its end the log and \
            `packagingd doctor` warn.
            """,
        example: "/etc/packagingd/tls/server.pem"
    )

    static let tlsKey = Setting(
        "tls-key",
        .keyFile,
        valueName: "FILE",
        standardText: "none",
        summary: "The key of tls-certificate, in PEM and not encrypted.",
        details: """
            It must belong to the daemon's user or to root, and be readable by nobody else; one of root's may be readable \
            by its group.
            """,
        example: "/etc/packagingd/tls/server.key"
    )

    static let tlsClientCA = Setting(
        "tls-client-ca",
        .file,
        valueName: "FILE",
        standardText: "none, and callers are not asked for certificates",
        summary: "The authorities, in PEM, whose certificates name callers.",
        details: """
            A caller may then show a certificate in place of a token. One that shows a certificate which none of them has \
            signed, or which has ended, is not served.
            """,
        example: "/etc/packagingd/tls/clients.pem"
    )

    static let insecureLoopback = Setting(
        "insecure-loopback",
        .boolean,
        standard: .truth(false),
        summary: "Serve TCP without TLS, on loopback addresses only.",
        details: """
            For tests, and for a proxy on this machine. Everything that the host of each TCP address means must be \
            loopback. Every user of this machine can connect.
            """,
        example: "false"
    )

    static let socketGroup = Setting(
        "socket-group",
        .group,
        valueName: "GROUP",
        standardText: "none: the Unix sockets are the daemon's user's alone (mode 0600)",
        summary: "A group whose members may connect to the Unix sockets (mode 0660). Other users need tokens.",
        details: """
            The daemon's user must be a member of the group, and the group must be able to enter the folder of the \
            socket. The state folder of a user other than root is closed to others, so choose a folder such as \
            /run/packagingd in `listen`. `packagingd doctor` looks at both.
            """,
        example: "packaging"
    )

    static let maxConnections = Setting(
        "max-connections",
        .number(16...100_000),
        valueName: "N",
        standard: .number(4096),
        summary: "The most connections of callers at once.",
        details: """
            Beyond them there are 64 for the daemon's own user and 64 for checks of the health. Each takes a file of the \
            process, and 10 to 60 KiB.
            """,
        example: "10000"
    )

    static let maxConnectionsPerPeer = Setting(
        "max-connections-per-peer",
        .number(1...100_000),
        valueName: "N",
        standard: .number(512),
        summary: "The most connections of one peer: an IP address, or a user of the Unix sockets.",
        details: """
            The daemon's own user is not limited. One peer may also have only a part of the calls that run and of the \
            memory for what is received. IPv6 addresses count by their network of 64 bits.
            """,
        example: "512"
    )

    static let gatewayPeers = Setting(
        "gateway-peers",
        .peers,
        valueName: "PEER",
        standardText: "none",
        summary: "Peers through which many callers come: uid:N or an IP address. May be given several times.",
        details: """
            Such a peer may have three quarters of the connections, and half of the memory for what is received. In the \
            file it is one peer or a list, in the environment they are separated by commas.
            """,
        example: "[\"192.0.2.7\", \"uid:1000\"]"
    )

    static let jwks = Setting(
        "jwks",
        .keySet,
        valueName: "FILE|URL",
        standardText: "none, and the tokens of `packagingd token` are taken, unless `token-secret-file` is set",
        summary: "The public keys that callers' tokens are signed with: a JWKS file, or an https URL.",
        details: """
            Keys are Ed25519 (EdDSA), P-256 (ES256) or RSA from 2048 bits on (RS256); others are skipped with a warning. A file \
            is read again within a second of a change, a URL every 5 minutes, and at most every 10 seconds where a token \
            names a key that is not there. A key that is gone counts no more; while file or URL cannot be read, the keys \
            that were read before stay. Only this machine may be asked with http. Needs `token-issuer` and `token-audience`.
            """,
        example: "https://login.example.com/.well-known/jwks.json"
    )

    static let tokenIssuer = Setting(
        "token-issuer",
        .line,
        valueName: "ISSUER",
        standardText: "none",
        summary: "Who signs the tokens: what their claim iss must be.",
        details: "It is compared exactly, character by character.",
        example: "https://login.example.com/"
    )

    static let tokenAudience = Setting(
        "token-audience",
        .line,
        valueName: "AUDIENCE",
        standardText: "none",
        summary: "This service, as the issuer names it: what the tokens' claim aud must be or list.",
        details: "So a token that the issuer made for another service opens nothing here.",
        example: "khipu-packaging"
    )

    static let tokenSecretFile = Setting(
        "token-secret-file",
        .secretFile(shortest: TokenTrust.shortestSecret),
        valueName: "FILE",
        standardText: "none",
        summary: "A file with a secret of at least 32 bytes that tokens may be signed with (HS256).",
        details: """
            May be given beside `jwks`. Whoever knows the secret can make tokens, so keys are better. Made for instance by \
            `openssl rand -base64 48`: the text itself is the secret. The file's owner and permissions must be as for \
            `database-password-file`. Needs `token-issuer` and `token-audience`.
            """,
        example: "/etc/packagingd/token-secret"
    )

    static let databaseURL = Setting(
        "database-url",
        .databaseURL,
        valueName: "URL",
        standardText: "a private Postgres in the state folder",
        summary: "A Postgres server in place of the private one. Its password belongs in a file.",
        details: """
            A URL that holds a password is refused: name a file with `database-password-file`, or one with lines of \
            `host:port:database:user:password` in the environment variable `PGPASSFILE`.
            """,
        example: "postgresql://packaging_daemon@db.internal/packaging"
    )

    static let databasePasswordFile = Setting(
        "database-password-file",
        .secretFile(shortest: 1),
        valueName: "FILE",
        standardText: "none, and libpq looks into the file that `PGPASSFILE` names",
        summary: "A file with the password of the database, and nothing else.",
        details: """
            It is read at the start. A line break at its end does not count. It must belong to the daemon's user or to \
            root, and be readable by nobody else; one of root's may be readable by its group, as systemd's credentials \
            are. Where it stands beside a `database-url`, it belongs to that: it is not used when a flag or a variable \
            names another database.
            """,
        example: "/etc/packagingd/database-password"
    )

    static let migrate = Setting(
        "migrate",
        .boolean,
        standard: .truth(true),
        summary: "Migrate a database that is behind, where its user may.",
        details: "With `false` (flag: `--no-migrate`) the daemon only checks that somebody has migrated it.",
        example: "false"
    )

    static let blobURL = Setting(
        "blob-url",
        .blobURL,
        valueName: "URL",
        standardText: "`blobs` in the state folder",
        summary: "Where blobs are kept: file:///PATH or s3://BUCKET/PREFIX.",
        details: """
            Audio and packages lie here. Several daemons may share one folder or bucket, with the same prefix. A bucket is of \
            Amazon S3 or of any service that speaks its protocol, and must be there. Its keys come from the variables and \
            files that Amazon's SDKs read (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_PROFILE`, \
            `~/.aws/credentials`), or from `blob-credentials-file`; never from the URL.
            """,
        example: "file:///srv/packaging/blobs"
    )

    static let blobEndpoint = Setting(
        "blob-endpoint",
        .serverURL,
        valueName: "URL",
        standardText: "Amazon's, in the region",
        summary: "The server of the bucket, where it is not Amazon's.",
        details: "Only this machine may be asked with http. Only for a bucket.",
        example: "https://s3.example.com"
    )

    static let blobCredentialsFile = Setting(
        "blob-credentials-file",
        .keyFile,
        valueName: "FILE",
        standardText: "none, and the variables and files that Amazon's SDKs read",
        summary: "A file with the keys of the bucket.",
        details: """
            It is a file as `~/.aws/credentials`, of which the profile in `AWS_PROFILE`, or `default`, counts in place of all \
            other keys. It is read again once a minute. It must belong to the daemon's user or to root, and be readable by nobody \
            else; one of root's may be readable by its group. Only for a bucket.
            """,
        example: "/etc/packagingd/blob-credentials"
    )

    static let blobRegion = Setting(
        "blob-region",
        .region,
        valueName: "REGION",
        standardText: "`AWS_REGION`, `AWS_DEFAULT_REGION` or the profile's, else `us-east-1`",
        summary: "The region of the bucket, which requests are signed for.",
        details: "Services of others than Amazon often take any, or `auto`. Only for a bucket.",
        example: "eu-central-1"
    )

    static let blobPathStyle = Setting(
        "blob-path-style",
        .boolean,
        standardText: "`true` with a `blob-endpoint`, or where the bucket's name has a dot, else `false`",
        summary: "Whether the bucket stands in the path of URLs, not in the name of the host.",
        details: "Only for a bucket.",
        example: "true"
    )

    static let httpProxy = Setting(
        "http-proxy",
        .proxyURL,
        valueName: "URL",
        standardText: "that of the variables `https_proxy` and `no_proxy`",
        summary: "The proxy through which other servers are reached.",
        details: "It counts for the blob store and for `jwks`. What is on this machine is asked without it.",
        example: "http://proxy.example.com:3128"
    )

    static let httpCA = Setting(
        "http-ca",
        .file,
        valueName: "FILE",
        standardText: "those of this machine",
        summary: "The authorities, in PEM, of the certificates of other servers.",
        details: "It counts for the blob store and for `jwks`, in place of the authorities of this machine.",
        example: "/etc/packagingd/tls/authorities.pem"
    )

    static let workers = Setting(
        "workers",
        .number(1...1024),
        valueName: "N",
        standardText: "as many as there are cores",
        summary: "Worker processes at once; as many as cores unless given.",
        example: "8"
    )

    static let drainSeconds = Setting(
        "drain-seconds",
        .number(0...3600),
        valueName: "SECONDS",
        standard: .number(10),
        summary: "Seconds that a stop waits for work that is nearly done.",
        details: "What is not done by then goes back to the queue at no cost.",
        example: "10"
    )

    static let logLevel = Setting(
        "log-level",
        .choice(["debug", "info", "notice", "warning", "error"]),
        valueName: "LEVEL",
        standard: .text("info"),
        summary: "The least important lines that are logged: debug, info, notice, warning or error.",
        details: "`debug` has a line for every call.",
        example: "info",
        isReloadable: true
    )

    static let logFormat = Setting(
        "log-format",
        .choice(["text", "json"]),
        valueName: "FORMAT",
        standard: .text("text"),
        summary: "How lines are logged: text, or json for one object a line.",
        example: "json"
    )
}
