import TTRPC

/// How many files the process must be able to open.
enum FileNeed {
    /// The connections that callers may have at once, with those beyond the maximum and those in the handshake of TLS.
    static func connections(of limits: RPCServer.Configuration) -> Int {
        limits.maximumConnections + limits.reservedConnections + limits.healthConnections + limits.maximumHandshakes
    }

    /// The files of all: connections, the segments and outputs of the workers, and what the daemon itself has open.
    static func files(connections: Int, workers: Int) -> Int { connections + 64 * workers + 256 }
}
