package import Model
import Synchronization

/// Asks HTTP servers.
///
/// One thread carries out all requests, so that no task's thread waits for a server. Certificates are always checked, TLS is
/// 1.2 or newer, and nothing is followed to another address: an answer that redirects is given back as it is.
package final class HTTPClient: Sendable {
    /// How servers are reached.
    package struct Configuration: Sendable {
        /// A file with the certificates of the authorities that are trusted; nil for those of this machine.
        package var authorities: String?
        /// How long connecting may take, TLS included.
        package var connectTimeout: Duration = .seconds(5)
        /// How the client names itself.
        package var userAgent = "khipu-packaging/" + Release.version

        /// The usual values.
        package init() {}
    }

    private let configuration: Configuration
    private let loop = TransferLoop()

    /// A client without connections. Its thread starts with the first request.
    package init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
    }

    deinit { loop.close() }

    /// Asks for what is at `address`. Cancelling the task ends the transfer.
    ///
    /// Any status is an answer, also 404 and 500.
    ///
    /// - Parameters:
    ///   - limit: The most bytes that the body may have.
    ///   - timeout: How long all of it may take.
    /// - Throws: ``PackagingError`` that names the server and the reason: `unavailable` where asking again may help,
    ///   `resourceExhausted` for a body that is too large, `cancelled`.
    package func get(
        _ address: HTTPAddress,
        headers: [(name: String, value: String)] = [],
        limit: Int,
        timeout: Duration
    ) async throws(PackagingError) -> HTTPResponse {
        let request = HTTPRequest(
            address: address,
            headers: headers,
            limit: limit,
            timeout: timeout,
            configuration: configuration
        )
        return try await loop.carryOut(request).get()
    }
}

/// What is asked, and how.
struct HTTPRequest: Sendable {
    var address: HTTPAddress
    var headers: [(name: String, value: String)]
    var limit: Int
    var timeout: Duration
    var configuration: HTTPClient.Configuration

    /// The most bytes of an answer's status line and headers.
    static let headerLimit = 64 << 10

    func failure(_ code: PackagingError.Code, _ reason: String) -> PackagingError {
        PackagingError(code, "could not ask \"\(address)\": \(reason)")
    }
}
