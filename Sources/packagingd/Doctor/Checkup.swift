import Foundation
import Logging
import Model
import Processes
import TTRPC

/// The checks of the doctor. Each check returns one or a few findings, and leaves everything as it was.
struct Checkup: Sendable {
    let state: String
    let sockets: [String]
    let ports: [Address]
    let tls: TLSPaths?
    let socketGroup: UInt32?
    let connections: Int
    let login: DatabaseLogin?
    let blobs: BlobStores
    let workers: Int
    let launcher: Launcher
    let logger = Logger(label: "packagingd") { _ in SwiftLogNoOpLogHandler() }

    init(_ configuration: DaemonConfiguration) throws {
        state = configuration.stateFolder
        sockets = configuration.sockets
        ports = configuration.listeners.filter { !$0.isUnix }
        tls = configuration.tls
        socketGroup = configuration.socketGroup
        connections = FileNeed.connections(of: configuration.serverLimits)
        login = try configuration.database()
        blobs = configuration.blobStores(environment: ProcessInfo.processInfo.environment)
        workers = configuration.workers
        launcher = try starting("the launcher of child processes") { try Launcher() }
    }

    /// All checks, in the order in which a starting daemon uses the things that they check.
    var checks: [@Sendable () async -> [Finding]] {
        [
            { stateFolder() }, { disks() }, { await database() }, { await blobStore() }, { await worker() },
            { await speech() }, { await clock() }, { openFiles() }, { certificate() },
            { groupOfSockets() }, { await callers() },
        ]
    }
}

extension Error {
    /// The error and its causes on one line, for the operator.
    var inOneLine: String {
        let text = (self as? PackagingError).map { error in
            error.cause.map { "\(error.message): \($0)" } ?? error.message
        }
        return (text ?? "\(self)").split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
