package import Model

/// Asks HTTP servers.
///
/// One thread carries out all requests, so that no task's thread waits for a server. Certificates are always checked, TLS is
/// 1.2 or newer, and nothing is followed to another address: an answer that redirects is given back as it is.
package final class HTTPClient: Sendable {
    /// How servers are reached.
    package struct Configuration: Sendable {
        /// A file with the certificates of the authorities that are trusted; nil for those of this machine.
        package var authorities: String?
        /// The URL of a proxy; nil for that of the environment. This machine is asked without one.
        package var proxy: String?
        /// The most connections to one server at once; 0 for any number. Further requests wait for one, within their own
        /// time.
        package var connectionsPerHost = 0
        /// How long connecting may take, TLS included.
        package var connectTimeout: Duration = .seconds(5)
        /// How the client names itself.
        package var userAgent = "khipu-packaging/" + Release.version

        /// The usual values.
        package init() {}
    }

    private let loop: TransferLoop

    /// A client without connections. Its thread starts with the first request.
    package init(_ configuration: Configuration = Configuration()) {
        loop = TransferLoop(configuration)
    }

    deinit { loop.close() }

    /// Sends a request. Cancelling the task ends the transfer.
    ///
    /// Any status is an answer, also 404 and 500. Where a connection that was kept turns out to be closed before the answer
    /// begins, libcurl sends the request once more: it may be carried out twice.
    ///
    /// - Throws: ``HTTPError`` if there is no whole answer.
    package func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        try await loop.carryOut(request).get()
    }

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
        headers: [HTTPField] = [],
        limit: Int,
        timeout: Duration
    ) async throws(PackagingError) -> HTTPResponse {
        do throws(HTTPError) {
            return try await send(HTTPRequest(.get, address, headers: headers, limit: limit, timeout: timeout))
        } catch {
            throw error.packagingError
        }
    }
}
