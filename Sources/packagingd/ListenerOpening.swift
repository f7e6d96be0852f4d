import Logging
import Model
import TTRPC

/// Opens the listeners of a daemon: the sockets that the service manager has opened, and those of the setting `listen`.
struct ListenerOpening {
    private let settings: DaemonSettings
    private let logger: Logger

    init(_ settings: DaemonSettings, _ logger: Logger) {
        (self.settings, self.logger) = (settings, logger)
    }

    /// Opens all.
    ///
    /// - Returns: Their addresses, with the ports that the system chose.
    /// - Throws: ``PackagingError`` that names the address.
    func open(on server: RPCServer) async throws(PackagingError) -> [Address] {
        var open: [Address] = []
        for socket in settings.inherited {
            let address = try await server.adopt(socket, security: try security(of: socket))
            try check(address)
            logger.info("socket of the service manager", metadata: ["name": "\(socket.name)", "address": "\(address)"])
            open.append(address)
        }
        // A socket that the manager has opened may also be named, or be at the default path.
        for address in settings.listeners where !open.contains(address) {
            try check(address)
            let security = try security(isUnix: address.isUnix, "\(address)")
            open.append(try await server.bind(to: address, security: security, group: settings.socketGroup))
            warnOfClosedFolder(address)
        }
        return open
    }

    private func security(of socket: InheritedSocket) throws(PackagingError) -> ListenerSecurity {
        try security(isUnix: socket.isUnix, "socket \"\(socket.name)\" of the service manager")
    }

    private func security(isUnix: Bool, _ name: String) throws(PackagingError) -> ListenerSecurity {
        if isUnix { return .plain }
        if let certificates = settings.certificates { return .tls(certificates.certificates) }
        guard settings.isInsecureLoopback else {
            throw PackagingError(
                .failedPrecondition,
                "cannot serve \(name): TCP needs a certificate",
                hint: "Name one with --tls-certificate and --tls-key, or on loopback give --insecure-loopback."
            )
        }
        return .plain
    }

    /// What is served without TLS must be reachable from this machine alone, also if names mean something else by now.
    private func check(_ address: Address) throws(PackagingError) {
        guard !address.isUnix, settings.certificates == nil,
            let problem = DaemonConfiguration.problemWithLoopback(address)
        else { return }
        throw PackagingError(.failedPrecondition, "cannot serve without TLS: \(problem)")
    }

    private func warnOfClosedFolder(_ address: Address) {
        guard case .unix(let path) = address, let group = settings.socketGroup,
            let folder = SocketGroup.closedFolder(on: path, to: group)
        else { return }
        logger.warning(
            "the group of the socket cannot reach it",
            metadata: [
                "socket": "\(path)", "group": "\(group)", "error": "it may not enter \"\(folder)\"",
                "hint": "\(Self.hint)",
            ]
        )
    }

    /// What to do about a folder that the group cannot enter.
    static let hint = "Choose another folder with --listen unix:/PATH, or let the group enter it: chgrp and chmod g+x."
}
