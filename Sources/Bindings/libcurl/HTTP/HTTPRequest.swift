/// What an HTTP server is asked to do.
package enum HTTPMethod: String, Sendable, Hashable {
    case get = "GET"
    case head = "HEAD"
    case put = "PUT"
    case post = "POST"
    case delete = "DELETE"
}

/// One line of a head: a name, in which case does not count, and a value.
package struct HTTPField: Sendable, Hashable {
    /// The name, such as `Content-Type`.
    package var name: String
    /// The value, without spaces at its ends.
    package var value: String

    /// A field.
    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// What is asked of an HTTP server.
package struct HTTPRequest: Sendable {
    /// What the server is asked to do.
    package var method: HTTPMethod
    /// With what.
    package var address: HTTPAddress
    /// The fields besides those that every request needs. Nothing is added to a body's type.
    package var headers: [HTTPField]
    /// The body, for PUT and POST.
    package var body: [UInt8]
    /// The most bytes that the answer's body may have.
    package var limit: Int
    /// How long all of it may take.
    package var timeout: Duration
    /// How long fewer than 1,024 bytes may move in a second, in whole seconds; nil for as long as the timeout.
    package var stallLimit: Duration?

    /// The most bytes of an answer's status line and headers.
    static let headerLimit = 64 << 10

    /// A request.
    package init(
        _ method: HTTPMethod,
        _ address: HTTPAddress,
        headers: [HTTPField] = [],
        body: [UInt8] = [],
        limit: Int,
        timeout: Duration,
        stallLimit: Duration? = nil
    ) {
        self.method = method
        self.address = address
        self.headers = headers
        self.body = body
        self.limit = limit
        self.timeout = timeout
        self.stallLimit = stallLimit
    }
}
