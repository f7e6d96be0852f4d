package import Model

/// Why there is no whole answer to a request.
package struct HTTPError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure, by what may follow from them.
    package enum Kind: Sendable, Hashable {
        /// Nothing of the request has reached the server: it was not found, refused the connection, or is not who it should
        /// be.
        case unsent
        /// The request may have reached the server, and may have been carried out.
        case broken
        /// The answer is larger than it may be.
        case tooLarge
        /// The task was cancelled.
        case cancelled
    }

    /// The kind of failure.
    package var kind: Kind
    /// The server and the reason, on one line without a secret.
    package var message: String
    /// What came of the answer before it broke, if its head was complete.
    package var partial: HTTPResponse?

    /// The message.
    package var description: String { message }

    /// The same error as a ``PackagingError``: `unavailable` where asking again may help, else `resourceExhausted` or
    /// `cancelled`.
    package var packagingError: PackagingError {
        switch kind {
        case .unsent, .broken: PackagingError(.unavailable, message)
        case .tooLarge: PackagingError(.resourceExhausted, message)
        case .cancelled: PackagingError(.cancelled, message)
        }
    }
}

extension HTTPRequest {
    func failure(_ kind: HTTPError.Kind, _ reason: String, partial: HTTPResponse? = nil) -> HTTPError {
        HTTPError(kind: kind, message: "could not ask \"\(address)\": \(reason)", partial: partial)
    }
}
