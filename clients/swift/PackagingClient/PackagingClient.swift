internal import NIOCore
internal import NIOPosix
public import PackagingMessages
internal import Synchronization
public import TTRPC

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// A client of a packaging daemon.
///
/// It has one method for each call of the daemon, and a few that combine several calls:
/// ``events(of:after:patience:onInterruption:onResumption:)``,
/// ``download(_:to:verifying:patience:onInterruption:onResumption:progress:)`` and the uploads. Any number of tasks may make calls at
/// the same time. The calls share one connection, which is opened by the first call, and again by the first call after
/// it was lost. Watching, downloading and inspecting use separate connections, so that they do not delay other calls.
///
/// Every method throws ``PackagingError``; `unavailable` means that the daemon cannot be reached.
public final class PackagingClient: Sendable {
    let address: Address
    /// The metadata that is sent with every call.
    let metadata: Metadata
    /// Where tokens come from; nil if the daemon is not told who calls.
    let tokens: TokenSource?
    private let tls: TLSFiles
    private let shared = Mutex<ClientConnection?>(nil)

    private init(address: Address, tenant: String?, tokens: TokenSource?, tls: TLSFiles) {
        self.address = address
        self.tokens = tokens
        self.tls = tls
        metadata = tenant.map { ["tenant": $0] } ?? [:]
    }

    /// Connects to the daemon at `address`.
    ///
    /// - Parameters:
    ///   - address: The daemon's address; see ``PackagingAddress``.
    ///   - tenant: The tenant to act for. Only the daemon's own user may choose one, on its Unix socket.
    ///   - token: A JWT that identifies the caller. It is sent once for each connection.
    ///   - tls: The files for TLS, which a TCP address has; see ``TLSFiles``.
    /// - Throws: ``PackagingError`` with code `unavailable` if no daemon answers there, `unauthenticated` if the token
    ///   is refused.
    public static func connect(
        address: Address,
        tenant: String? = nil,
        token: String? = nil,
        tls: TLSFiles = TLSFiles()
    ) async throws(PackagingError) -> PackagingClient {
        try await connect(address: address, tenant: tenant, tokens: token.map { .fixed($0) }, tls: tls)
    }

    /// Connects to the daemon at `address` with tokens that are renewed.
    ///
    /// A token is renewed before it ends, and replaced once where the daemon refuses it. Then the call is made again (an order
    /// of packages only if it has a request id), a watch goes on after its last event, a download at its byte, and the upload
    /// of a file from its start.
    public static func connect(
        address: Address,
        tenant: String? = nil,
        tokens: TokenSource?,
        tls: TLSFiles = TLSFiles()
    ) async throws(PackagingError) -> PackagingClient {
        let client = PackagingClient(address: address, tenant: tenant, tokens: tokens, tls: tls)
        _ = try await client.connection()
        return client
    }

    /// Connects to the daemon at `address`, runs `body`, and always closes the connection afterwards.
    public static func withConnection<Result>(
        to address: Address,
        tenant: String? = nil,
        token: String? = nil,
        tls: TLSFiles = TLSFiles(),
        _ body: (PackagingClient) async throws -> Result
    ) async throws -> Result {
        try await withConnection(to: address, tenant: tenant, tokens: token.map { .fixed($0) }, tls: tls, body)
    }

    /// Connects to the daemon at `address` with tokens that are renewed, runs `body`, and always closes the connection
    /// afterwards.
    public static func withConnection<Result>(
        to address: Address,
        tenant: String? = nil,
        tokens: TokenSource?,
        tls: TLSFiles = TLSFiles(),
        _ body: (PackagingClient) async throws -> Result
    ) async throws -> Result {
        let client = try await connect(address: address, tenant: tenant, tokens: tokens, tls: tls)
        do {
            let result = try await body(client)
            await client.close()
            return result
        } catch {
            await client.close()
            throw error
        }
    }

    /// As whom the daemon has taken the token; nil if there is none, so that the daemon knows the caller by the connection.
    public func caller() async throws(PackagingError) -> AuthenticateReply? { try await connection().caller }

    /// Closes the connection; calls under way fail with `unavailable`. A later call opens a new connection.
    public func close() async {
        let connection = shared.withLock { shared in
            defer { shared = nil }
            return shared
        }
        await connection?.close()
    }

    /// The connection that calls share. It is opened if there is none, or if the last one was lost.
    func connection() async throws(PackagingError) -> ClientConnection {
        if let open = shared.withLock({ $0 }), open.isOpen { return open }
        let new = try await openConnection()
        // Two calls at the same time may both have found no connection; the first one's is kept.
        let kept = shared.withLock { shared -> ClientConnection in
            if let other = shared, other.isOpen { return other }
            shared = new
            return new
        }
        if kept !== new { await new.close() }
        return kept
    }

    /// A separate connection for the caller, on which the caller is already authenticated.
    func openConnection() async throws(PackagingError) -> ClientConnection {
        let security = tls.security(for: address)
        let connection: RPCConnection
        do throws(PackagingError) {
            connection = try await RPCConnection.connect(to: address, security: security)
        } catch {
            throw error.reworded(for: address)
        }
        guard let tokens else { return ClientConnection(connection, nil) }
        do throws(PackagingError) {
            return ClientConnection(connection, try await Login.begin(on: connection, tokens, metadata))
        } catch {
            await connection.close()
            throw error.advisedForTLS
        }
    }
}

extension PackagingError {
    /// The error for a failed attempt to connect, with the system's reason instead of the message of the lower layers.
    fileprivate func reworded(for address: Address) -> PackagingError {
        var cause = self.cause
        if let connecting = cause as? NIOConnectionError { cause = connecting.connectionErrors.first?.error }
        if reason.hasPrefix("TLS_") { return rewordedForTLS(address) }
        if code == .failedPrecondition {
            // A file for TLS cannot be used. The daemon has no part in that, so that no state of it can be put right.
            var error = self
            error.code = .invalidArgument
            return error
        }
        guard code == .unavailable, let system = cause as? IOError else { return self }
        var error = self
        error.message = "could not reach the daemon at \"\(address)\": \(LocalFile.text(ofError: system.errnoCode))"
        error.hint = ConnectFailure.advice(for: address, error: system.errnoCode)
        return error
    }
    /// As ``reworded(for:)``, for a connection that TLS refused.
    private func rewordedForTLS(_ address: Address) -> PackagingError {
        var error = advisedForTLS
        let made = "could not connect to "
        if message.hasPrefix(made) { error.message = "could not reach the daemon at " + message.dropFirst(made.count) }
        return error
    }

    /// The error with our advice if TLS refused the connection, which it may do when that is made already: in TLS 1.3 a client
    /// has done its part before the server looks at its certificate.
    var advisedForTLS: PackagingError {
        guard reason.hasPrefix("TLS_"), let advice = ConnectFailure.advice(forTLS: reason) else { return self }
        var error = self
        error.hint = advice
        return error
    }
}
