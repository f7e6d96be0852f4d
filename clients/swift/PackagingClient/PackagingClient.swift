internal import NIOCore
internal import NIOPosix
internal import PackagingMessages
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
    private let token: String?
    private let shared = Mutex<RPCConnection?>(nil)

    private init(address: Address, tenant: String?, token: String?) {
        self.address = address
        self.token = token
        metadata = tenant.map { ["tenant": $0] } ?? [:]
    }

    /// Connects to the daemon at `address`.
    ///
    /// - Parameters:
    ///   - address: The daemon's address; see ``PackagingAddress``.
    ///   - tenant: The tenant to act for. Only the daemon's own user may choose one, on its Unix socket.
    ///   - token: A JWT that identifies the caller. It is sent once for each connection.
    /// - Throws: ``PackagingError`` with code `unavailable` if no daemon answers there, `unauthenticated` if the token
    ///   is refused.
    public static func connect(
        address: Address,
        tenant: String? = nil,
        token: String? = nil
    ) async throws(PackagingError) -> PackagingClient {
        let client = PackagingClient(address: address, tenant: tenant, token: token)
        _ = try await client.connection()
        return client
    }

    /// Connects to the daemon at `address`, runs `body`, and always closes the connection afterwards.
    public static func withConnection<Result>(
        to address: Address,
        tenant: String? = nil,
        token: String? = nil,
        _ body: (PackagingClient) async throws -> Result
    ) async throws -> Result {
        let client = try await connect(address: address, tenant: tenant, token: token)
        do {
            let result = try await body(client)
            await client.close()
            return result
        } catch {
            await client.close()
            throw error
        }
    }

    /// Closes the connection; calls under way fail with `unavailable`. A later call opens a new connection.
    public func close() async {
        let connection = shared.withLock { shared in
            defer { shared = nil }
            return shared
        }
        await connection?.close()
    }

    /// The connection that calls share. It is opened if there is none, or if the last one was lost.
    func connection() async throws(PackagingError) -> RPCConnection {
        if let open = shared.withLock({ $0 }), open.isOpen { return open }
        let new = try await openConnection()
        // Two calls at the same time may both have found no connection; the first one's is kept.
        let kept = shared.withLock { shared -> RPCConnection in
            if let other = shared, other.isOpen { return other }
            shared = new
            return new
        }
        if kept !== new { await new.close() }
        return kept
    }

    /// A separate connection for the caller, on which the caller is already authenticated.
    func openConnection() async throws(PackagingError) -> RPCConnection {
        let connection: RPCConnection
        do throws(PackagingError) {
            connection = try await RPCConnection.connect(to: address)
        } catch {
            throw error.reworded(for: address)
        }
        guard let token else { return connection }
        do throws(PackagingError) {
            let request = AuthenticateRequest(token: token)
            _ = try await connection.unary(SessionMethods.authenticate, request, metadata: metadata)
            return connection
        } catch {
            await connection.close()
            throw error
        }
    }
}

extension PackagingError {
    /// The error for a failed attempt to connect, with the system's reason instead of the message of the lower layers.
    fileprivate func reworded(for address: Address) -> PackagingError {
        var cause = self.cause
        if let connecting = cause as? NIOConnectionError { cause = connecting.connectionErrors.first?.error }
        guard code == .unavailable, let system = cause as? IOError else { return self }
        var error = self
        error.message = "could not reach the daemon at \"\(address)\": \(LocalFile.text(ofError: system.errnoCode))"
        error.hint = ConnectFailure.advice(for: address, error: system.errnoCode)
        return error
    }
}
