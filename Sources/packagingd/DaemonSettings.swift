import Foundation
import Logging
import TTRPC
import Tokens

/// The settings of one start of the daemon.
struct DaemonSettings: Sendable {
    /// The folder for the daemon's own files.
    var state: StateFolder
    /// The addresses it listens on.
    var listeners: [Address]
    /// The listening sockets that the service manager has opened for it.
    var inherited: [InheritedSocket]
    /// The group whose members may connect to the Unix sockets; nil for none.
    var socketGroup: UInt32?
    /// The certificate of the TCP listeners; nil if there is none.
    var certificates: CertificateKeeper?
    /// Whether loopback addresses are served without TLS.
    var isInsecureLoopback: Bool
    /// What the server takes of its callers.
    var serverLimits: RPCServer.Configuration
    /// Whose tokens are taken.
    var tokens: TokenTrust
    /// The addresses that callers of other machines can reach.
    var openAddresses: [String]
    /// How to log in to the database; nil for a private one.
    var database: DatabaseLogin?
    /// Whether a database with an older schema is migrated, if the database's user may do that.
    var migrates: Bool
    /// Where blobs are kept.
    var blobs: BlobStores
    /// The number of worker processes that may run at once.
    var workers: Int
    /// How long a stop waits for work that is nearly done. Work that has not ended then is queued again at no cost.
    var grace: Duration

    /// Reads the settings from `configuration`.
    ///
    /// - Parameter inherited: The listening sockets that the service manager has opened.
    /// - Throws: ``ConfigurationMistakes`` if a secret cannot be read any more, ``PackagingError`` if the state folder
    ///   cannot be used.
    init(_ configuration: DaemonConfiguration, inherited: [InheritedSocket], logger: Logger) throws {
        database = try configuration.database()
        certificates = try configuration.tls.map { try CertificateKeeper($0, logger: logger) }
        isInsecureLoopback = configuration.isInsecureLoopback
        socketGroup = configuration.socketGroup
        serverLimits = configuration.serverLimits
        self.inherited = inherited
        tokens = try configuration.tokenTrust()
        openAddresses = configuration.addressesBeyondThisMachine
        state = try StateFolder(path: configuration.stateFolder)
        listeners = configuration.listeners
        migrates = configuration.migrates
        blobs = configuration.blobStores(environment: ProcessInfo.processInfo.environment)
        workers = configuration.workers
        grace = configuration.grace
    }
}
